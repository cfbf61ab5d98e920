using System.Data.Common;
using EventHookDetector.Hosting;
using EventHookDetector.Storage.Moves;
using FluentMigrator.Runner;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary>A server that any number of replicas share; none of them knows another.</summary>
internal sealed class PostgreSqlDatabase : Database, IAsyncDisposable
{
    private const int DefaultWriters = 1;

    // Any number will do, as long as every version has the same.
    private const long MigrationLock = 0x45_76_65_6E_74_48_6B;
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(30);

    // The server takes a second to notice a deadlock, and Okta waits for three.
    private static readonly TimeSpan LongestLock = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestMigration = TimeSpan.FromMinutes(30);

    // Okta is answered after the commit, so a commit must be on disk. Settings other than off flush it here, and may demand more.
    private const string ForWriting =
        $"SET default_transaction_read_only = off; {CommitToDisk}";

    /// <summary>Sets synchronous_commit if the server, the database, the user or the connection string has switched it off.</summary>
    public const string CommitToDisk = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

    private readonly string _connectionString;
    private readonly bool _hasSeveralHosts;
    private readonly NpgsqlDataSource _readers;
    private readonly NpgsqlDataSource _writers;

    public PostgreSqlDatabase(IOptions<StorageOptions> options)
    {
        _connectionString = options.Value.ConnectionString;
        _hasSeveralHosts = new NpgsqlConnectionStringBuilder(_connectionString).Host?.Contains(',', StringComparison.Ordinal) == true;
        Writers = options.Value.Writers ?? DefaultWriters;

        // A statement that hangs must not hold its writer for longer than Okta waits.
        _writers = SourceOf(options.Value.CommitTimeout, LongestLock, ForWriting, pooled: false);
        _readers = SourceOf(LongestRead, LongestRead, _hasSeveralHosts ? "" : "SET default_transaction_read_only = on", pooled: true);
    }

    /// <returns>The driver's reason to refuse the connection string; null if it takes it. No server is asked.</returns>
    public static string? FindFault(string connectionString)
    {
        try
        {
            using var writers = SourceOf(connectionString, LongestRead, LongestLock, "", pooled: false);
            using var readers = SourceOf(connectionString, LongestRead, LongestRead, "", pooled: true);
            return null;
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return StartUp.OneLine(fault.Message);
        }
    }

    // With several hosts the driver takes a server for read-only whose sessions are, so there each reading is a transaction that is.
    private string BeginReading => _hasSeveralHosts ? "BEGIN READ ONLY" : "SELECT 1";

    public override int Writers { get; }

    public override bool BlocksThreads => false;

    public override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    public override string Lock => "SELECT pg_advisory_xact_lock(@Key)";

    /// <remarks>The pool does not know which of its connections are dead since the server was restarted, and nobody is to find out by an error.</remarks>
    public override async Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken)
    {
        var connection = await _readers.OpenConnectionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, BeginReading);
            return connection;
        }
        catch (NpgsqlException)
        {
            await connection.DisposeAsync();
            _readers.Clear();
            connection = await _readers.OpenConnectionAsync(cancellationToken);
            await ExecuteAsync(connection, BeginReading);
            return connection;
        }
    }

    public override async Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken) => await _writers.OpenConnectionAsync(cancellationToken);

    public override Statements StatementsOn(DbConnection connection) => new StatementRounds((NpgsqlConnection)connection);

    /// <remarks>A deadlock, a serialization that failed, a server that restarts or has cut the connection.</remarks>
    public override bool IsWorthAnotherTry(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } => true,
        DbException database => database.IsTransient,
        _ => false,
    };

    // Classes 0A, 22, 23 and 42: the server works, and the statement or its values are wrong.
    public override bool IsUnavailable(Exception fault) =>
        fault is NpgsqlException and not PostgresException { SqlState: ['0', 'A', ..] or ['2', '2' or '3', ..] or ['4', '2', ..] };

    /// <remarks>A connection that does not keep its session, and that a new one may replace.</remarks>
    public override bool EndsConnection(Exception fault) => PostgreSqlFaults.IsLostSession(fault);

    public override string? Explain(Exception fault) => PostgreSqlFaults.Explain(fault, _connectionString);

    public override async Task<IReadOnlyList<string>> FindWarningsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _readers.OpenConnectionAsync(cancellationToken);
        return await PostgreSqlServerCheck.FindWarningsAsync(connection, cancellationToken);
    }

    public override async Task MigrateAsync(Action migrate, CancellationToken cancellationToken)
    {
        await using var source = SourceOf(LongestMigration, LongestMigration, ForWriting, pooled: false);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using (var other = await source.OpenConnectionAsync(cancellationToken))
        {
            await PostgreSqlServerCheck.DemandUsableAsync(connection, other, cancellationToken);
        }

        await using var locking = connection.CreateCommand();
        locking.CommandText = "SELECT pg_advisory_lock(@Key)";
        locking.Parameters.AddWithValue("Key", MigrationLock);
        await locking.ExecuteNonQueryAsync(cancellationToken);
        migrate();   // closing the connection lets the next one in
    }

    public override async Task DemandNothingHalfMovedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _readers.OpenConnectionAsync(cancellationToken);
        if (!await MoveRecord.IsHalfDoneAsync(connection, cancellationToken)) return;

        throw new InvalidOperationException("""
            Only a part of what is to come here from SQLite is here, so too much would be told twice. Run migrate-storage again to its end,
            with the settings it had; or drop this database, make it anew, and start the detector on that.
            """.ReplaceLineEndings(" "));
    }

    public override void ConfigureMigrations(IMigrationRunnerBuilder runner) =>
        runner.AddPostgres15_0().WithGlobalConnectionString(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false }.ToString());

    public async ValueTask DisposeAsync()
    {
        await _writers.DisposeAsync();
        await _readers.DisposeAsync();
    }

    private NpgsqlDataSource SourceOf(TimeSpan timeout, TimeSpan lockTimeout, string set, bool pooled) =>
        SourceOf(_connectionString, timeout, lockTimeout, set, pooled);

    private static NpgsqlDataSource SourceOf(string connectionString, TimeSpan timeout, TimeSpan lockTimeout, string set, bool pooled)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var milliseconds = (int)timeout.TotalMilliseconds;
        builder.ConnectionStringBuilder.ApplicationName ??= "EventHookDetector";
        builder.ConnectionStringBuilder.Pooling = pooled;
        builder.ConnectionStringBuilder.NoResetOnClose = true;   // or the second to use it would be without what is set below
        builder.ConnectionStringBuilder.ClientEncoding = builder.ConnectionStringBuilder.Encoding = "UTF8";   // whatever the string or the environment says
        builder.ConnectionStringBuilder.MaxAutoPrepare = 64;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        builder.ConnectionStringBuilder.CommandTimeout = (int)Math.Ceiling(timeout.TotalSeconds) + 1;   // the server's own limit comes first
        builder.ConnectionStringBuilder.Timeout = Math.Min(builder.ConnectionStringBuilder.Timeout, 5);
        var sql = $"SET statement_timeout = {milliseconds}; SET lock_timeout = {(int)lockTimeout.TotalMilliseconds}; {set}";
        builder.UsePhysicalConnectionInitializer(
            connection => Execute(connection, sql),
            connection => ExecuteAsync(connection, sql));
        return builder.Build();
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
