using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventHookDetector.Storage;

/// <summary>Names cause and cure of an error of SQLite.</summary>
internal static class SqliteFaults
{
    private const string Backup = "restore the newest backup (deploy/README.md, Restore)";

    /// <returns>The rest of a sentence that begins with the name of the file.</returns>
    public static string Explain(SqliteException fault) => fault.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "is locked by another program. Stop that program (fuser FILE names it), and start the detector again",
        raw.SQLITE_READONLY or raw.SQLITE_PERM => "cannot be written by this user. Give the file and its folder to the user of the detector",
        raw.SQLITE_CANTOPEN or raw.SQLITE_AUTH => "cannot be opened by this user. Give the file and its folder to the user of the detector",
        raw.SQLITE_NOTADB => $"is not a database of SQLite, or is damaged. Correct the setting, or {Backup}",
        raw.SQLITE_CORRUPT => $"is damaged. Put it aside and {Backup}",
        raw.SQLITE_FULL => "cannot be written, for its disk is full. Free space",
        raw.SQLITE_IOERR => "cannot be read or written, for the disk reports an error. Look at the disk and its quota",
        _ => $"cannot be used: {Hosting.StartUp.OneLine(fault.Message)} Correct the setting, or {Backup}",
    };
}
