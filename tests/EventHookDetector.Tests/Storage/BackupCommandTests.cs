using EventHookDetector.Tests.Support;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Tests.Storage;

/// <summary><c>EventHookDetector backup FILE</c>, and what deploy/README.md says of getting the copy back.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private readonly TestStorage _storage = TestStorage.Create();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("backup-");

    private string Copy => Path.Combine(_folder.FullName, "detector.db");

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task What_was_answered_before_a_backup_under_load_is_there_when_a_detector_starts_on_the_copy()
    {
        await using var detector = NewDetector(_storage.ConnectionString);
        await detector.ListenAsync();
        await using var load = new Load(delivery => detector.DeliverAsync(delivery), TestContext.Current.CancellationToken);
        await load.UntilAcceptedAsync(100);
        var before = load.Accepted.ToList();

        await using var backup = NewDetector(_storage.ConnectionString);
        Assert.Equal(0, await backup.RunAsync("backup", Copy));
        await load.UntilAcceptedAsync();   // the detector was not held up for good
        await load.StopAsync();

        Assert.Contains("100", backup.Errors, StringComparison.Ordinal);
        Assert.Contains(Copy, backup.Output, StringComparison.Ordinal);
        Assert.Equal(["detector.db"], _folder.GetFiles().Select(file => file.Name));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Copy));
        Assert.Equal("ok", Read<string>("PRAGMA integrity_check"));
        Assert.Equal(Read<long>("SELECT COUNT(*) FROM alerts"), Read<long>("SELECT COUNT(*) FROM notifications"));

        await using var restoredDetector = await RestoreAsync(detector);
        var restored = (await restoredDetector.AlertsAsync()).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(before.ToHashSet(StringComparer.Ordinal), restored);
        Assert.Subset(load.All.ToHashSet(StringComparer.Ordinal), restored);
        Assert.True(restored.Count < load.Accepted.Count, "what came after the backup is not in it");
        using var delivered = await restoredDetector.DeliverAsync(Some.Delivery(Some.FactorReset(uuid: "after-the-restore")));
        Assert.Contains("after-the-restore", await restoredDetector.AlertsAsync());
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task A_file_that_is_there_is_not_overwritten()
    {
        await StorageMove.MakeTablesAsync(_storage);
        await File.WriteAllTextAsync(Copy, "of yesterday", TestContext.Current.CancellationToken);

        await AssertRefusedAsync(1, "is there already", "backup", Copy);

        Assert.Equal("of yesterday", await File.ReadAllTextAsync(Copy, TestContext.Current.CancellationToken));
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task A_file_that_is_no_database_is_not_copied()
    {
        await File.WriteAllTextAsync(_storage.ConnectionString["Data Source=".Length..], new string('x', 100_000), TestContext.Current.CancellationToken);

        await AssertRefusedAsync(1, "not a database", "backup", Copy);

        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task A_file_that_is_damaged_makes_no_backup()
    {
        await StorageMove.MakeTablesAsync(_storage);
        SqliteConnection.ClearAllPools();
        _storage.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        await using (var file = File.OpenWrite(_storage.ConnectionString["Data Source=".Length..]))
        {
            file.Position = 16384 * 2;   // the third page of many
            await file.WriteAsync(new byte[16384], TestContext.Current.CancellationToken);
        }

        await AssertRefusedAsync(1, "damaged", "backup", Copy);

        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task Without_a_file_or_a_folder_it_says_which_is_missing()
    {
        File.Move(new SqliteConnectionStringBuilder(_storage.ConnectionString).DataSource, Copy);
        await AssertRefusedAsync(1, "There is no file", "backup", Copy);
        File.Move(Copy, new SqliteConnectionStringBuilder(_storage.ConnectionString).DataSource);
        await AssertRefusedAsync(1, "There is no folder", "backup", Path.Combine(_folder.FullName, "missing", "detector.db"));
    }

    [Fact]
    [Trait("Engine", "PostgreSql")]
    public Task PostgreSQL_has_tools_of_its_own() => AssertRefusedAsync(1, "pg_dump", "backup", Copy);

    [Theory]
    [InlineData]
    [InlineData("one", "two")]
    [InlineData("--force")]
    public Task Called_otherwise_it_says_how(params string[] words) => AssertRefusedAsync(2, "Usage: EventHookDetector backup FILE", ["backup", .. words]);

    public void Dispose()
    {
        _storage.Dispose();
        _folder.Delete(recursive: true);
    }

    // The steps of deploy/README.md, Back up, restore, upgrade.
    private async Task<DetectorProcess> RestoreAsync(DetectorProcess detector)
    {
        await detector.TerminateAsync();
        await detector.EndAsync();
        var file = _storage.ConnectionString["Data Source=".Length..];
        File.Delete($"{file}-wal");
        File.Delete($"{file}-shm");
        File.Copy(Copy, file, overwrite: true);

        var restored = NewDetector(_storage.ConnectionString);
        await restored.ListenAsync();
        return restored;
    }

    private async Task AssertRefusedAsync(int exitCode, string why, params string[] words)
    {
        await using var command = NewDetector(_storage.ConnectionString);

        Assert.Equal(exitCode, await command.RunAsync(words));

        Assert.Contains(why, command.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", command.Errors, StringComparison.Ordinal);
    }

    private T Read<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Copy};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    private static DetectorProcess NewDetector(string connectionString)
    {
        var detector = new DetectorProcess().WithSecretAndKey();
        detector.Settings["Storage:ConnectionString"] = connectionString;
        detector.Settings["Shutdown:Drain"] = "00:00:00";
        detector.Settings["Detection:MaxAlerts"] = "1000000";
        detector.Settings["Notifiers:mail:Type"] = "webhook";
        detector.Settings["Notifiers:mail:Url"] = "http://127.0.0.1:9/";   // nobody listens: notifications stay
        detector.Settings["Notifiers:mail:Secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        detector.Settings["Notifiers:mail:AllowPrivateAddresses"] = "true";
        return detector;
    }
}
