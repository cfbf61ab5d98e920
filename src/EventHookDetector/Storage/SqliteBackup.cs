using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventHookDetector.Storage;

/// <summary>A copy of the SQLite file as it stands at one moment, made while a detector goes on writing to it.</summary>
/// <remarks>https://www.sqlite.org/backup.html</remarks>
internal static class SqliteBackup
{
    // Of 16 KiB each: a few milliseconds' work, after which one can be told how far it is, or stop it.
    private const int PagesAStep = 256;

    /// <param name="connectionString">Of the file that is copied, which stays as it is.</param>
    /// <param name="copy">An empty file.</param>
    /// <param name="show">Told how many bytes of how many are copied.</param>
    /// <exception cref="SqliteException">The file cannot be read, the copy cannot be written, or is not whole.</exception>
    public static void Write(string connectionString, string copy, Action<long, long> show, CancellationToken cancellationToken)
    {
        using var from = Open(new(connectionString) { Mode = SqliteOpenMode.ReadOnly });
        using var to = Open(new() { DataSource = copy, Mode = SqliteOpenMode.ReadWrite });

        // Holds this moment fast. Without it, every commit of the detector would have the copying begin anew.
        Execute(from, "BEGIN");
        Execute(from, "SELECT COUNT(*) FROM sqlite_master");
        var bytesAPage = Convert.ToInt64(Execute(from, "PRAGMA page_size"), null);

        using (var backup = raw.sqlite3_backup_init(to.Handle, "main", from.Handle, "main"))
        {
            for (var result = raw.SQLITE_OK; result != raw.SQLITE_DONE;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                result = raw.sqlite3_backup_step(backup, PagesAStep);
                if (result is not (raw.SQLITE_OK or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(result, to.Handle);

                var pages = raw.sqlite3_backup_pagecount(backup);
                show((pages - raw.sqlite3_backup_remaining(backup)) * bytesAPage, pages * bytesAPage);
            }
        }

        var answer = Execute(to, "PRAGMA integrity_check") as string;
        if (answer != "ok") throw new SqliteException($"The copy is damaged, and so is the file it was made of: {answer}", raw.SQLITE_CORRUPT);
    }

    private static SqliteConnection Open(SqliteConnectionStringBuilder settings)
    {
        settings.Pooling = false;
        var connection = new SqliteConnection(settings.ToString());
        connection.Open();
        return connection;
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
