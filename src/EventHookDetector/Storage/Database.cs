using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Storage;

/// <summary>Opens connections: one that writes, held by <see cref="SharedCommit"/>, and any number that only read.</summary>
internal sealed class Database(IOptions<StorageOptions> options)
{
    private readonly string _connectionString = options.Value.ConnectionString;

    public string ConnectionString => new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ToString();

    /// <summary>For lists and look-ups. It sees what is committed, and cannot hold up a delivery.</summary>
    public async Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder(_connectionString) { Mode = SqliteOpenMode.ReadOnly }.ToString());
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <summary>
    /// For writing. A commit returns when it is on disk: synchronous=FULL is said on every connection, because a WAL
    /// database otherwise may fall back to NORMAL, which forgives the loss of what was committed last.
    /// </summary>
    public async Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken)
    {
        var file = new SqliteConnectionStringBuilder(_connectionString).DataSource;
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { Length: > 0 } folder) Directory.CreateDirectory(folder);

        var connection = new SqliteConnection(ConnectionString);
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
