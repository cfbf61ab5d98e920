using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventHookDetector.Storage;

/// <summary>
/// A database file that is no longer where it was opened. SQLite knows (it remembers the file, not only its name), but says so only
/// when asked, and its .NET package does not ask.
/// </summary>
/// <remarks>https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html, SQLITE_FCNTL_HAS_MOVED</remarks>
internal static class MovedFile
{
    private const int HasMoved = 20;

    /// <summary>Whether what this connection has open was deleted, moved, or replaced by another file.</summary>
    public static bool IsBehind(SqliteConnection connection)
    {
        if (FileControl(connection.Handle!, "main\0"u8.ToArray(), HasMoved, out var moved) == raw.SQLITE_OK) return moved != 0;

        return !File.Exists(connection.DataSource);   // where the system does not let a file go that is open
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(sqlite3 connection, byte[] database, int operation, out int answer);
}
