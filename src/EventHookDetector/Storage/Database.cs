using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Storage;

/// <summary>Opens connections: one that writes, held by <see cref="SharedCommit"/>, and any number that only read.</summary>
internal sealed class Database(IOptions<StorageOptions> options)
{
    private readonly string _connectionString = options.Value.ConnectionString;

    private readonly string _file = Path.GetFullPath(new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource);

    public string ConnectionString => new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ToString();

    /// <summary>For lists and look-ups. It sees what is committed, and cannot hold up a delivery.</summary>
    public async Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder(_connectionString) { Mode = SqliteOpenMode.ReadOnly }.ToString());
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>Makes the file if there is none yet, with the page size and the journal that no migration could give it later.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(_file) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        await using (await OpenForWritingAsync(SqliteOpenMode.ReadWriteCreate, cancellationToken)) { }
    }

    /// <summary>
    /// On Linux a file that somebody has deleted can still be written, and all of it is gone at the next start: no commit may
    /// be answered for then.
    /// </summary>
    /// <exception cref="FileNotFoundException">It is no longer there.</exception>
    public void DemandFile()
    {
        if (!File.Exists(_file)) throw new FileNotFoundException("The database file has been removed while the detector runs: put it back, or start the detector again with a new one.", _file);
    }

    /// <summary>
    /// For writing. A commit returns when it is on disk: synchronous=FULL is said on every connection, because a WAL
    /// database otherwise may fall back to NORMAL, which forgives the loss of what was committed last.
    /// </summary>
    public Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken) =>
        OpenForWritingAsync(SqliteOpenMode.ReadWrite, cancellationToken);

    private async Task<DbConnection> OpenForWritingAsync(SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(ConnectionString) { Mode = mode }.ToString());
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            PRAGMA page_size = 16384;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA busy_timeout = 1000;
            PRAGMA wal_autocheckpoint = 1000;
            PRAGMA cache_size = -32768;
            PRAGMA temp_store = MEMORY;
            PRAGMA foreign_keys = OFF;
            """;
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }
}
