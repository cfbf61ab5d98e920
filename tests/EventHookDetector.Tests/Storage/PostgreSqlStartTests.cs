using System.Globalization;
using System.Net;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Npgsql;

namespace EventHookDetector.Tests.Storage;

/// <summary>Servers that a detector must not start on, and the settings of others that it puts right.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class PostgreSqlStartTests : IAsyncDisposable
{
    private static int _databases;

    private readonly DetectorProcess _detector = new DetectorProcess().WithSecretAndKey();
    private readonly List<string> _made = [];

    private static string Server => PostgreSqlServer.Shared.Value;

    private string ConnectionString
    {
        get => _detector.Settings["Storage:ConnectionString"];
        set => _detector.Settings["Storage:ConnectionString"] = value;
    }

    [Theory]
    [InlineData("Target Session Attributes=primary")]
    [InlineData("Minimum Pool Size=20;Maximum Pool Size=2")]
    [InlineData("Multiplexing=true")]
    [InlineData("Port=many")]
    [InlineData("SSL Mode=Sometimes")]
    public async Task What_the_driver_refuses_is_refused_as_a_setting_and_without_the_password(string part)
    {
        ConnectionString = $"Host=127.0.0.1;Database=d;Username=u;Password=s3cr3t;{part}";

        Assert.StartsWith("Storage:ConnectionString ", await _detector.FaultAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", _detector.Errors + _detector.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(";Target Session Attributes=read-write")]
    public async Task A_server_that_is_away_is_named_with_the_cure(string attributes)
    {
        using var nobody = new ClosedPort();
        var hosts = attributes.Length > 0 ? $"127.0.0.1:{nobody.Number},127.0.0.1:{nobody.Number}" : $"127.0.0.1;Port={nobody.Number}";
        ConnectionString = $"Host={hosts};Database=d;Username=u;Password=s3cr3t{attributes}";

        var fault = await _detector.FaultAsync();

        Assert.StartsWith("Storage:ConnectionString names PostgreSQL at 127.0.0.1:", fault, StringComparison.Ordinal);
        Assert.Contains("cannot be reached (ConnectionRefused). Start it", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", _detector.Errors + _detector.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_missing_is_named_with_the_cure()
    {
        ConnectionString = TestStorage.Of(Server, "nowhere");

        Assert.Contains("answers 3D000: database \"nowhere\" does not exist. As the administrator of the server: CREATE DATABASE", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_refused_with_its_version()
    {
        await using var old = new OldPostgreSql("9.6.24");
        ConnectionString = old.ConnectionString;

        Assert.Contains("is version 9.6.24. Version 14 or later is needed", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        TestStorage.Execute(ConnectionString, "INSERT INTO \"VersionInfo\" (\"Version\", \"AppliedOn\", \"Description\") VALUES (209901010000, now(), 'later')");

        Assert.Contains("a newer version of the detector has changed (migration 209901010000)", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LATIN1")]
    [InlineData("WIN1252")]
    [InlineData("EUC_JP")]
    [InlineData("SQL_ASCII")]
    public async Task A_database_of_another_encoding_is_refused(string encoding)
    {
        ConnectionString = NewDatabase($"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");

        var fault = await _detector.FaultAsync();

        Assert.StartsWith("Storage:ConnectionString ", fault, StringComparison.Ordinal);
        Assert.Contains($"is {encoding}. It must be UTF8", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALTER DATABASE {0} SET client_encoding = 'LATIN1'", "")]
    [InlineData("SELECT 1", ";Client Encoding=LATIN1")]
    [InlineData("SELECT 1", ";Encoding=iso-8859-1")]
    public async Task A_name_in_another_script_is_kept_whatever_encoding_a_client_is_told_to_use(string sql, string part)
    {
        const string Name = "олена@example.com";
        Execute(sql);
        ConnectionString += part;
        await _detector.ListenAsync();

        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset(target: Name)));

        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
        Assert.Equal(Name, Read<string>("SELECT target_login FROM alerts"));
    }

    [Theory]
    [InlineData("ALTER DATABASE {0} SET synchronous_commit = off", "", "on")]
    [InlineData("SELECT 1", ";Options=-c synchronous_commit=off", "on")]
    [InlineData("ALTER DATABASE {0} SET synchronous_commit = local", "", "local")]
    public async Task A_commit_is_on_disk_before_it_is_answered_whatever_the_server_says(string sql, string part, string right)
    {
        Execute(sql);
        Execute("""
            CREATE TABLE seen (setting text);
            CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
            CREATE TRIGGER see AFTER INSERT ON alerts FOR EACH ROW EXECUTE FUNCTION see()
            """);
        ConnectionString += part;
        await _detector.ListenAsync();

        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));

        Assert.Equal((HttpStatusCode.NoContent, right), (delivered.StatusCode, Read<string>("SELECT setting FROM seen")));
    }

    [Fact]
    public async Task A_server_that_may_lose_what_it_has_committed_is_warned_of()
    {
        Assert.SkipUnless(Read<string>("SHOW fsync") == "off", "The server of TEST_POSTGRES keeps what it commits.");

        await _detector.ListenAsync();

        Assert.Contains("PostgreSQL runs with fsync switched off", _detector.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_hosts_the_one_that_can_be_written_is_found_again_and_again()
    {
        using var nobody = new ClosedPort();
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
        settings.Host = $"127.0.0.1:{nobody.Number},127.0.0.1:{settings.Port}";
        ConnectionString = $"{settings};Target Session Attributes=read-write;Host Recheck Seconds=0";
        await _detector.ListenAsync();

        for (var turn = 0; turn < 5; turn++)
        {
            using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset(target: $"{turn}@example.com")));
            Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
            Assert.Equal(turn + 1, (await _detector.AlertsAsync()).Count);
            Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{0}' AND pid <> pg_backend_pid()");
        }
    }

    [Theory]
    [InlineData("transaction", "")]
    [InlineData("transaction", "server_round_robin = 1")]
    [InlineData("statement", "")]
    public async Task A_pooler_that_exchanges_sessions_is_refused(string poolMode, string settings)
    {
        DemandPgBouncer();
        using var pooler = PgBouncer.Start(ConnectionString, poolMode, FreePort.Find(), settings);
        ConnectionString = pooler.ConnectionString;

        Assert.EndsWith("Set pool_mode = session there, or connect to the server itself", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pooler_that_keeps_sessions_is_taken()
    {
        DemandPgBouncer();
        using var pooler = PgBouncer.Start(ConnectionString, "session", FreePort.Find());
        ConnectionString = pooler.ConnectionString;
        await _detector.ListenAsync();

        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));

        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
    }

    [Theory]
    [InlineData("42P05")]
    [InlineData("26000")]
    [InlineData("25006")]
    public void An_error_of_exchanged_sessions_names_the_pooler(string sqlState) => Assert.Contains(
        "pool_mode = session",
        PostgreSqlFaults.Explain(new InvalidOperationException("outer", new PostgresException("inner", "ERROR", "ERROR", sqlState)), "Host=db"),
        StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _detector.DisposeAsync();
        foreach (var database in _made) TestStorage.Execute(Server, $"DROP DATABASE {database} WITH (FORCE)");
    }

    private static void DemandPgBouncer() => Assert.SkipUnless(PgBouncer.IsThere, "pgbouncer is missing: run tests/run.sh, which installs it");

    private string NewDatabase(string how)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"start_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        TestStorage.Execute(Server, $"CREATE DATABASE {name} {how}");
        _made.Add(name);
        return TestStorage.Of(Server, name);
    }

    private string Plain => new NpgsqlConnectionStringBuilder(Server) { Database = new NpgsqlConnectionStringBuilder(ConnectionString).Database }.ToString();

    private void Execute(string sql) => TestStorage.Execute(Plain, sql.Replace("{0}", new NpgsqlConnectionStringBuilder(ConnectionString).Database, StringComparison.Ordinal));

    private T Read<T>(string sql)
    {
        using var connection = new NpgsqlConnection($"{Plain};Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return (T)command.ExecuteScalar()!;
    }
}
