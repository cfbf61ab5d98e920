using EventHookDetector.Storage.Moves;
using EventHookDetector.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EventHookDetector.Tests.Storage;

/// <summary>What the move does not do, and that it says why and never with a password.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class MigrateStorageRefusalTests : IAsyncDisposable
{
    private const string Password = "s3cr3t-of-the-database";

    private readonly StorageMove _move = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_target_with_rows_of_its_own_is_left_alone()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        await using (var detector = new DetectorApp(_move.Target)) await detector.DeliverAsync(Some.FactorReset(uuid: "its own"));

        await AssertRefusedAsync("holds rows that did not come from here");

        Assert.Equal("its own", _move.Target.Read<string>("SELECT uuid FROM alerts"));
        Assert.False(_move.Target.Read<bool>("SELECT to_regclass('storage_move') IS NOT NULL"));
    }

    [Fact]
    public async Task A_file_on_which_a_detector_runs_is_refused_and_the_detector_works_on()
    {
        var running = _move.Prepare().WithSecretAndKey();
        await running.ListenAsync();
        using (var first = await running.DeliverAsync(Some.Delivery(Some.FactorReset()))) first.EnsureSuccessStatusCode();

        await AssertRefusedAsync("is in use: a detector still runs on it");

        using var second = await running.DeliverAsync(Some.Delivery(Some.FactorReset()));
        second.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Nobody_writes_to_the_file_or_reads_it_while_it_is_copied()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        using var source = MoveSource.Open(_move.Source.ConnectionString);

        await using var other = new SqliteConnection($"{_move.Source.ConnectionString};Pooling=False;Default Timeout=1");
        var refused = Assert.Throws<SqliteException>(() =>
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM alerts";
            command.ExecuteScalar();
        });

        Assert.Equal(5, refused.SqliteErrorCode);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_not_made()
    {
        File.Delete(_move.SourceFile);
        await AssertRefusedAsync($"There is no file {_move.SourceFile}");

        Assert.False(File.Exists(_move.SourceFile));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_told_so()
    {
        await File.WriteAllTextAsync(_move.SourceFile, "Not a database, though as long as its head would be, which is a hundred bytes; here they are, all of them.", Cancellation);

        await AssertRefusedAsync("is no SQLite database, or damaged");
    }

    [Fact]
    public async Task A_file_of_an_older_version_is_to_be_brought_up_to_date_first()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        _move.Source.Execute("DELETE FROM VersionInfo WHERE Version = (SELECT MAX(Version) FROM VersionInfo)");

        await AssertRefusedAsync("Start this version on the file once");
    }

    [Fact]
    public async Task The_database_that_is_configured_already_is_not_moved_onto_itself()
    {
        var command = _move.Prepare();
        foreach (var (key, value) in _move.Target.Settings) command.Settings[key] = value;

        Assert.Equal(1, await _move.RunAsync(command));
        Assert.Contains("configured to use that very database already", command.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_without_the_password()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        using var nobody = new ClosedPort();

        await AssertRefusedAsync("Failed to connect to 127.0.0.1", "--to", $"Host=127.0.0.1;Port={nobody.Number};Database=detector;Username=detector;Password={Password}");
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_shown()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        var rules = Path.Combine(Path.GetTempPath(), $"hba-{_move.Target.Name}");
        await File.WriteAllTextAsync(rules, "host all postgres all trust\nhost all all all scram-sha-256\n", Cancellation);
        using var server = new PostgreSqlServer("fsync = off", $"hba_file = '{rules}'");
        TestStorage.Execute(server.ConnectionString, "CREATE USER detector PASSWORD 'the right one'");

        var to = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "detector", Password = Password }.ToString();
        await AssertRefusedAsync("28P01: password authentication failed for user \"detector\". Check user and password", "--to", to);
        File.Delete(rules);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_to_be_made()
    {
        await StorageMove.MakeTablesAsync(_move.Source);

        await AssertRefusedAsync("3D000", "--to", TestStorage.Of(PostgreSqlServer.Shared.Value, "nowhere"));
    }

    [Fact]
    public async Task Who_may_not_make_tables_is_told_who_can_change_that()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        var user = $"weak_{_move.Target.Name}";
        TestStorage.Execute(_move.Target.ConnectionString, $"CREATE USER {user}; REVOKE CREATE ON SCHEMA public FROM PUBLIC");

        await AssertRefusedAsync($"OWNER TO {user}", "--to", new NpgsqlConnectionStringBuilder(_move.Target.ConnectionString) { Username = user, Password = Password }.ToString());
        TestStorage.Execute(_move.Target.ConnectionString, $"DROP USER {user}");
    }

    [Theory]
    [InlineData($"Host=db;Database=detector;Password={Password}")]
    [InlineData($"Host=db;Database=detector;Username=detector;Pasword={Password}")]
    [InlineData(Password)]
    public async Task A_connection_string_that_is_none_is_not_repeated(string to)
    {
        await AssertRefusedAsync("--to must be a connection string of PostgreSQL with a host", "--to", to);
    }

    [Theory]
    [InlineData("--to")]
    [InlineData("--to", "a", "b")]
    [InlineData("--from", "a")]
    public async Task Called_otherwise_than_meant_it_says_how_it_is_meant(params string[] words)
    {
        var command = await _move.RunAsync(words);

        Assert.Equal(2, command.ExitCode);
        Assert.Contains("Usage: EventHookDetector migrate-storage", command.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_for_help_gets_it()
    {
        var command = await _move.RunAsync("--help");

        Assert.Equal(0, command.ExitCode);
        Assert.Contains("--to-file FILE", command.Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _move.DisposeAsync();

    private async Task AssertRefusedAsync(string because, params string[] words)
    {
        var command = await _move.RunAsync(words);

        Assert.Contains(because, command.Errors, StringComparison.Ordinal);
        Assert.Equal(1, command.ExitCode);
        Assert.DoesNotContain(Password, command.Output + command.Errors, StringComparison.Ordinal);
    }
}
