using System.Net;
using System.Runtime.Versioning;
using EventHookDetector.Tests.Support;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Tests.Storage;

/// <summary>Files that a detector must not start on, and those that it makes.</summary>
[Trait("Engine", "Sqlite")]
[UnsupportedOSPlatform("windows")]
public sealed class SqliteStartTests : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DetectorProcess _detector = new DetectorProcess { Umask = "000" }.WithSecretAndKey();

    private string DatabaseFile => _detector.Settings["Storage:ConnectionString"]["Data Source=".Length..];

    [Theory]
    [InlineData("text", "is not a database of SQLite, or is damaged")]
    [InlineData("cut off", "is damaged")]
    [InlineData("damaged in the middle", "is damaged")]
    [InlineData("another program's", "is the database of another program")]
    [InlineData("a folder", "is a folder")]
    [InlineData("of a newer version", "a newer version of the detector has changed (migration 209901010000)")]
    public async Task A_file_that_cannot_be_used_is_named_with_the_cure(string kind, string fault)
    {
        await MakeAsync(kind);

        var told = await _detector.FaultAsync();

        Assert.StartsWith("Storage:ConnectionString names ", told, StringComparison.Ordinal);
        Assert.Contains(fault, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_another_program_has_locked_is_refused_within_seconds()
    {
        await MakeAsync("whole");
        await using var other = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var locking = other.CreateCommand();
        locking.CommandText = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
        await locking.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Contains("is locked by another program", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Data Source=/proc/none/detector.db", "Storage:ConnectionString names /proc/none/detector.db, and /proc/none cannot be made")]
    [InlineData("Data Source=detector.db;Password=a-password", "Storage:ConnectionString must be")]
    public async Task A_connection_string_that_cannot_work_is_refused_without_its_password(string connectionString, string fault)
    {
        _detector.Settings["Storage:ConnectionString"] = connectionString;

        Assert.StartsWith(fault, await _detector.FaultAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("a-password", _detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_detector_on_the_same_file_is_refused_until_the_first_has_ended()
    {
        await _detector.ListenAsync();
        await using var second = new DetectorProcess().WithSecretAndKey();
        var link = Path.Combine(second.Folder.FullName, "link.db");
        File.CreateSymbolicLink(link, DatabaseFile);
        second.Settings["Storage:ConnectionString"] = $"Data Source={link}";

        Assert.Contains("which another detector uses", await second.FaultAsync(), StringComparison.Ordinal);
        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);

        // A lock must not outlive its process.
        await _detector.KillAsync();
        await using var third = new DetectorProcess().WithSecretAndKey();
        third.Settings["Storage:ConnectionString"] = _detector.Settings["Storage:ConnectionString"];
        await third.ListenAsync();
        Assert.Single(await third.AlertsAsync());
    }

    [Theory]
    [InlineData("verify-audit")]
    [InlineData("backup", "copy.db")]
    public async Task The_commands_work_beside_a_detector(params string[] words)
    {
        await _detector.ListenAsync();
        await using var command = new DetectorProcess();
        command.Settings["Storage:ConnectionString"] = _detector.Settings["Storage:ConnectionString"];

        Assert.Equal(0, await command.RunAsync(words));
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_files_and_a_new_folder_whatever_the_umask_says()
    {
        var folder = Path.Combine(_detector.Folder.FullName, "new");
        _detector.Settings["Storage:ConnectionString"] = $"Data Source={folder}/detector.db";

        await DeliverOneAsync();

        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        AssertOnlyTheOwnerMayRead(folder);
    }

    [Fact]
    public async Task Files_that_others_may_read_are_closed_at_start()
    {
        await MakeAsync("whole");
        File.SetUnixFileMode(DatabaseFile, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);

        await DeliverOneAsync();

        AssertOnlyTheOwnerMayRead(Path.GetDirectoryName(DatabaseFile)!);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static void AssertOnlyTheOwnerMayRead(string folder)
    {
        var files = Directory.GetFiles(folder);
        Assert.Superset(new HashSet<string?>(["detector.db", "detector.db-wal", "detector.db-shm"], StringComparer.Ordinal), files.Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal((file, OwnerOnly), (file, File.GetUnixFileMode(file))));
    }

    private async Task DeliverOneAsync()
    {
        await _detector.ListenAsync();
        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
    }

    private async Task MakeAsync(string kind)
    {
        if (kind is "a folder" or "another program's") File.Delete(DatabaseFile);
        switch (kind)
        {
            case "text":
                await File.WriteAllTextAsync(DatabaseFile, new string('x', 100_000), TestContext.Current.CancellationToken);
                return;
            case "a folder":
                Directory.CreateDirectory(DatabaseFile);
                return;
            case "another program's":
                Execute("CREATE TABLE bookmarks (url TEXT)");
                return;
        }

        await using (var first = new DetectorProcess().WithSecretAndKey())
        {
            first.Settings["Storage:ConnectionString"] = _detector.Settings["Storage:ConnectionString"];
            await first.ListenAsync();
            using var delivered = await first.DeliverAsync(Some.Delivery(Some.FactorReset()));
            await first.TerminateAsync();
            await first.EndAsync();
        }

        Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        await using var file = File.Open(DatabaseFile, FileMode.Open, FileAccess.ReadWrite);
        switch (kind)
        {
            case "cut off":
                file.SetLength(file.Length / 2);
                break;
            case "damaged in the middle":
                file.Position = 16384 * 3;
                await file.WriteAsync(new byte[16384 * 3], TestContext.Current.CancellationToken);
                break;
            case "of a newer version":
                file.Close();
                Execute("INSERT INTO VersionInfo (Version, AppliedOn, Description) VALUES (209901010000, '2099-01-01', 'later')");
                break;
        }
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
