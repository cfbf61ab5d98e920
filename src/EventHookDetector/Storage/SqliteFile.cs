using EventHookDetector.Hosting;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Storage;

/// <summary>The file of the database at start: one detector uses it, only its owner reads it, and it is whole.</summary>
/// <remarks>
/// The lock is a file of its own beside the database. The operating system releases it when the process ends, however it ends.
/// The database file itself cannot carry it: closing any handle on that file would release SQLite's own locks.
/// </remarks>
internal sealed class SqliteFile(string connectionString) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // A thorough check of more would take longer than a start may. Readiness and backups look at the rest.
    private const long MostPagesChecked = 4096;
    private const int Patience = 2;   // seconds

    private readonly string _path = Path.GetFullPath(new SqliteConnectionStringBuilder(connectionString).DataSource);
    private FileStream? _lock;

    /// <summary>The database file itself, where the setting names a link to it.</summary>
    private string Target => File.Exists(_path) ? File.ResolveLinkTarget(_path, returnFinalTarget: true)?.FullName ?? _path : _path;

    /// <summary>Keeps other detectors from the file until this is disposed.</summary>
    /// <exception cref="StartFaultException">Another detector has it.</exception>
    public void Claim()
    {
        DemandFile();
        MakeFolder();
        var file = $"{Target}.lock";
        try
        {
            _lock ??= new FileStream(file, ForOwner(FileMode.OpenOrCreate));
        }
        catch (IOException fault) when (File.Exists(file))
        {
            throw Fault($"which another detector uses: it holds {file}. Stop that one, or name another file. Several detectors need PostgreSQL", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CannotMake(file, fault);
        }
    }

    /// <summary>Makes the file if it is missing, and refuses one that is no database of the detector or not whole.</summary>
    public void DemandUsable()
    {
        DemandFile();
        MakeFolder();
        MakeForOwner();
        Tighten();
        try
        {
            Check();
        }
        catch (SqliteException fault)
        {
            throw Fault($"which {SqliteFaults.Explain(fault)}", fault);
        }
    }

    public void Dispose() => _lock?.Dispose();

    private StartFaultException Fault(string rest, Exception? cause = null) => new($"Storage:ConnectionString names {_path}, {rest}", cause);

    private StartFaultException CannotMake(string path, Exception cause) =>
        Fault($"and {path} cannot be made: {StartUp.OneLine(cause.Message)} Make the folder and give it to the user of the detector", cause);

    private void DemandFile()
    {
        if (Directory.Exists(_path)) throw Fault($"which is a folder. Name a file in it, such as Data Source={Path.Combine(_path, "detector.db")}");
    }

    private void MakeFolder()
    {
        if (Path.GetDirectoryName(_path) is not { Length: > 0 } folder || Directory.Exists(folder)) return;

        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CannotMake(folder, fault);
        }
    }

    // SQLite gives its -wal and -shm files the mode of the database file.
    private void MakeForOwner()
    {
        if (File.Exists(_path)) return;

        try
        {
            using (new FileStream(_path, ForOwner(FileMode.OpenOrCreate))) { }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CannotMake(_path, fault);
        }
    }

    private void Tighten()
    {
        if (OperatingSystem.IsWindows()) return;

        foreach (var file in ((string[])["", "-wal", "-shm"]).Select(end => Target + end).Where(File.Exists))
        {
            try
            {
                if ((File.GetUnixFileMode(file) & ~OwnerOnly) != UnixFileMode.None) File.SetUnixFileMode(file, OwnerOnly);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // It belongs to another user or to a file system without modes. Whether it can be used, SQLite says.
            }
        }
    }

    private void Check()
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Mode = SqliteOpenMode.ReadWrite,
            DefaultTimeout = Patience,
        }.ToString());
        connection.Open();
        var tables = Read<long>(connection, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
        var ours = Read<long>(connection, $"SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '{Moves.MoveTarget.Versions}'");
        if (tables > 0 && ours == 0) throw Fault("which is the database of another program. Name another file");

        var pages = Read<long>(connection, "PRAGMA page_count");
        if (pages <= MostPagesChecked && Read<string>(connection, "PRAGMA quick_check(1)") is not "ok" and var damage)
            throw Fault($"which is damaged ({StartUp.OneLine(damage).TrimEnd('.')}). Put it aside and restore the newest backup (deploy/README.md, Restore)");
    }

    private static T Read<T>(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    private static FileStreamOptions ForOwner(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }
}
