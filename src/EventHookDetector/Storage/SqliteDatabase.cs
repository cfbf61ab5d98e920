using System.Data.Common;
using FluentMigrator.Runner;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SQLitePCL;

namespace EventHookDetector.Storage;

/// <summary>One file beside one process: one connection that writes, and any number that only read.</summary>
internal sealed class SqliteDatabase(IOptions<StorageOptions> options) : Database, IDisposable
{
    // One by one: of several in a command, all behind the first that answers a row fail in silence.
    private static readonly string[] Pragmas =
    [
        "page_size = 16384",
        "journal_mode = WAL",
        "synchronous = FULL",
        "busy_timeout = 1000",
        "wal_autocheckpoint = 1000",
        // A log that a long reader let grow shrinks to this once the reader has gone.
        "journal_size_limit = 33554432",
        "cache_size = -16384",
        "temp_store = MEMORY",
        "foreign_keys = OFF",
    ];

    private readonly string _connectionString = options.Value.ConnectionString;

    private readonly SqliteFile _claim = new(options.Value.ConnectionString);

    private readonly string _file = Path.GetFullPath(new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource);

    public override int Writers => 1;

    public override bool BlocksThreads => true;

    public override string SkipLocked => "";

    public override string? Lock => null;

    private string Unpooled => new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ToString();

    /// <remarks>The pool does not know whether another file has come in the place of the one that its connections have open.</remarks>
    public override async Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken)
    {
        var connection = NewReader(cancellationToken);
        await connection.OpenAsync(cancellationToken);
        if (!MovedFile.IsBehind(connection)) return connection;

        SqliteConnection.ClearPool(connection);
        await connection.DisposeAsync();
        connection = NewReader(cancellationToken);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <remarks>
    /// synchronous=FULL is said on every connection, because a WAL database otherwise may fall back to NORMAL, which forgives the
    /// loss of what was committed last.
    /// </remarks>
    public override Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken) =>
        OpenForWritingAsync(SqliteOpenMode.ReadWrite, cancellationToken);

    public override Statements StatementsOn(DbConnection connection) => new SqliteStatements((SqliteConnection)connection);

    /// <summary>
    /// On Linux a file that somebody has deleted or moved can still be written, and all of it is gone at the next start: no commit
    /// may be answered for then.
    /// </summary>
    /// <exception cref="FileNotFoundException">It is no longer there, or another is in its place.</exception>
    public override void DemandReadyToCommit(DbConnection connection)
    {
        if (!MovedFile.IsBehind((SqliteConnection)connection)) return;

        connection.Close();   // or what is put back would stay unseen
        throw new FileNotFoundException("The database file has been removed or replaced while the detector runs: put it back, or start the detector again with a new one.", _file);
    }

    public override bool IsWorthAnotherTry(Exception fault) => false;

    /// <remarks>A file that cannot be written when it is opened, SQLite will never write through that connection, though it may be writable a moment later.</remarks>
    public override bool EndsConnection(Exception fault) => fault is SqliteException { SqliteErrorCode: raw.SQLITE_READONLY };

    public override bool IsUnavailable(Exception fault) =>
        fault is SqliteException { SqliteErrorCode: not (raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE or raw.SQLITE_MISUSE) };

    public override void Claim() => _claim.Claim();

    public override string? Explain(Exception fault) =>
        fault.CauseOf<SqliteException>() is { } error ? $"Storage:ConnectionString names {_file}, which {SqliteFaults.Explain(error)}" : null;

    /// <remarks>Makes the file if there is none yet, with the page size and the journal that no migration could give it later.</remarks>
    public override async Task MigrateAsync(Action migrate, CancellationToken cancellationToken)
    {
        _claim.DemandUsable();
        await using (await OpenForWritingAsync(SqliteOpenMode.ReadWrite, cancellationToken)) { }
        migrate();
    }

    public void Dispose() => _claim.Dispose();

    public override void ConfigureMigrations(IMigrationRunnerBuilder runner) => runner.AddSQLite().WithGlobalConnectionString(Unpooled);

    private SqliteReader NewReader(CancellationToken cancellationToken) =>
        new(new SqliteConnectionStringBuilder(_connectionString) { Mode = SqliteOpenMode.ReadOnly }.ToString(), cancellationToken);

    private async Task<DbConnection> OpenForWritingAsync(SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(Unpooled) { Mode = mode }.ToString());
        await connection.OpenAsync(cancellationToken);
        foreach (var pragma in Pragmas)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA {pragma}";
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return connection;
    }
}
