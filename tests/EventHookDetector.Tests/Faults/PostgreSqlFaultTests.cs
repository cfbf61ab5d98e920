using System.Globalization;
using EventHookDetector.Tests.Support;
using Npgsql;

namespace EventHookDetector.Tests.Faults;

/// <summary>What can happen to a server while deliveries come.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class PostgreSqlFaultTests(PostgreSqlFaultTests.OwnServer own) : FaultTests, IClassFixture<PostgreSqlFaultTests.OwnServer>
{
    private const string LengthOfALog = "1048576";
    private static int _databases;

    [Fact]
    public async Task A_server_that_crashes_and_is_started_again()
    {
        await using var detector = NewDetector(SettingsFor(NewDatabase()));

        await AssertOutlivesAsync(detector, own.Server.Kill, own.Server.Start);
    }

    [Fact]
    public async Task A_server_that_hangs_with_every_connection_open()
    {
        await using var detector = NewDetector(SettingsFor(NewDatabase()));

        await AssertOutlivesAsync(detector, own.Server.Pause, own.Server.Continue);
    }

    [Fact]
    public async Task Connections_that_are_cut_again_and_again()
    {
        var database = NewDatabase();
        await using var detector = NewDetector(SettingsFor(database));
        await detector.ListenAsync();
        await using var load = LoadOn(detector);

        for (var cut = 0; cut < 10; cut++)
        {
            await load.UntilAcceptedAsync(Random.Shared.Next(1, 20));
            Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        }

        await load.UntilAcceptedAsync();
        await load.StopAsync();
        Assert.Empty(load.InDoubt);
        await AssertNothingIsLostAsync(detector, load);
    }

    [Fact]
    public async Task Somebody_who_locks_the_alerts()
    {
        var database = NewDatabase();
        await using var detector = NewDetector(SettingsFor(database));
        await detector.ListenAsync();
        await using var load = LoadOn(detector);
        await load.UntilAcceptedAsync();

        await using (var somebody = new NpgsqlConnection(ConnectionStringOf(database)))
        {
            await somebody.OpenAsync(Patience);
            await using var transaction = await somebody.BeginTransactionAsync(Patience);
            await using var locking = new NpgsqlCommand("LOCK TABLE alerts IN ACCESS EXCLUSIVE MODE", somebody);
            await locking.ExecuteNonQueryAsync(Patience);
            await load.UntilRefusedAsync();
        }

        await load.UntilAcceptedAsync();
        await load.StopAsync();
        Assert.Empty(load.InDoubt);
        await AssertNothingIsLostAsync(detector, load);
    }

    [Fact]
    public async Task A_disk_that_is_full()
    {
        using var disk = SmallDisk.TryMount(megabytes: 32);
        if (disk is null)
        {
            await AssertOutlivesFilesThatCannotGrowAsync();
            return;
        }

        Tool.TryRun("chown", "postgres", disk.Folder);
        Execute($"CREATE TABLESPACE small LOCATION '{disk.Folder}'");
        var database = NewDatabase("TABLESPACE small");
        await using (var detector = NewDetector(SettingsFor(database))) await AssertOutlivesAsync(detector, disk.Fill, disk.Free, padding: 4096);

        Execute($"DROP DATABASE {database} WITH (FORCE)");
        Execute("DROP TABLESPACE small");
    }

    [Fact]
    public Task Files_that_cannot_grow() => AssertOutlivesFilesThatCannotGrowAsync();

    private async Task AssertOutlivesFilesThatCannotGrowAsync()
    {
        await using var detector = NewDetector(SettingsFor(NewDatabase()));

        // Its log of changes has files of a fixed length, which it writes over and over: for those, room is left.
        await AssertOutlivesAsync(detector, () => own.Server.LimitFiles(LengthOfALog), () => own.Server.LimitFiles("unlimited"), padding: 32768);
    }

    private string NewDatabase(string more = "")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"fault_{Interlocked.Increment(ref _databases)}");
        Execute($"CREATE DATABASE {name} {more}");
        return name;
    }

    private Dictionary<string, string> SettingsFor(string database) => new(StringComparer.Ordinal)
    {
        ["Storage:Provider"] = "PostgreSql",
        ["Storage:ConnectionString"] = ConnectionStringOf(database),
    };

    private string ConnectionStringOf(string database) => TestStorage.Of(own.Server.ConnectionString, database);

    private void Execute(string sql) => TestStorage.Execute(own.Server.ConnectionString, sql);

    /// <summary>Not the one that the other tests share.</summary>
    public sealed class OwnServer : IDisposable
    {
        internal PostgreSqlServer Server { get; } = new(["fsync = off"], logSegment: 1);

        public void Dispose() => Server.Dispose();
    }
}
