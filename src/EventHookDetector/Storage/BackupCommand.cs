using EventHookDetector.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using static EventHookDetector.Hosting.ProgressLine;

namespace EventHookDetector.Storage;

/// <summary><c>backup FILE</c>: copies the SQLite file of the configuration, while a detector runs on it or not.</summary>
internal static class BackupCommand
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Interrupted = 130;

    private const string Usage =
        """
        Usage: EventHookDetector backup FILE

        Writes a copy of the SQLite file that Storage:ConnectionString names, while the detector runs or not. The copy holds everything
        that was answered before the call. It can be read by its owner alone (0600), and FILE must not exist yet: nothing is overwritten.

        Ends with 0 if the copy is there, whole and on disk; with 1 if not, and says why; with 2 if it was called otherwise than this;
        with 130 if it was interrupted. Unless it ends with 0, there is no FILE.
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        if (words is ["--help" or "-h"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (words is not [{ Length: > 0 } file] || file.StartsWith('-')) return await Commands.RefuseAsync(Usage, WrongUsage);

        await using var services = Commands.CreateServices().AddStorage().BuildServiceProvider();
        var faults = services.FindConfigurationFaults();
        if (faults.Count > 0) return Commands.RefuseToStart(faults);

        var storage = services.GetRequiredService<IOptions<StorageOptions>>().Value;
        file = Path.GetFullPath(file);
        if (FindFault(storage, file) is { } fault) return await Commands.RefuseAsync(fault, Failed);

        using var stop = new Interruption();
        return await RunAsync(storage.ConnectionString, file, stop.Token);
    }

    private static async Task<int> RunAsync(string connectionString, string file, CancellationToken cancellationToken)
    {
        // Whoever finds FILE, finds a whole copy.
        var partial = $"{file}.{Path.GetRandomFileName()}.partial";
        var at = TimeProvider.System.GetUtcNow();
        try
        {
            await using (new FileStream(partial, NewForOwner())) { }
            await Task.Run(() => SqliteBackup.Write(connectionString, partial, Show(new(Console.Error, !Console.IsErrorRedirected, TimeProvider.System)), cancellationToken), cancellationToken);
            File.Move(partial, file, overwrite: false);
            Console.WriteLine(Invariant($"{file} ({Mebibytes(new FileInfo(file).Length)}) holds everything that was answered before {at:u}, and is whole."));
            return 0;
        }
        catch (OperationCanceledException)
        {
            return await Commands.RefuseAsync("\nInterrupted. There is no copy.", Interrupted);
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            return await Commands.RefuseAsync($"\n{fault.Message.TrimEnd('.')}. There is no copy. Mend that and call it again.", Failed);
        }
        finally
        {
            foreach (var rest in (string[])["", "-journal", "-wal", "-shm"]) File.Delete(partial + rest);
        }
    }

    private static string? FindFault(StorageOptions storage, string file)
    {
        if (storage.Provider == StorageProvider.PostgreSql)
            return "The detector is configured to use PostgreSQL, which has its own: pg_dump --format=custom --file=FILE DATABASE while the detector runs, and pg_restore to bring it back.";

        var source = Path.GetFullPath(new SqliteConnectionStringBuilder(storage.ConnectionString).DataSource);
        if (!File.Exists(source)) return $"There is no file {source}, so there is nothing to copy. Set Storage:ConnectionString to the file of the detector.";
        if (Path.Exists(file)) return $"{file} is there already, and nothing is overwritten. Name a file that does not exist yet.";

        return Directory.Exists(Path.GetDirectoryName(file)) ? null : $"There is no folder {Path.GetDirectoryName(file)}. Make it first.";
    }

    private static FileStreamOptions NewForOwner()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static Action<long, long> Show(ProgressLine line) => (copied, all) =>
    {
        var isAll = copied == all;
        if (!isAll && !line.IsDue) return;

        var share = (double)copied / all;
        line.Write(share, [Invariant($"Copying: {share:P0}, {Mebibytes(copied)} of {Mebibytes(all)}"), TimeLeft(line.Elapsed, share), isAll ? "now reading it through" : null]);
        if (isAll) line.End();
    };

    private static string Mebibytes(long bytes) => Invariant($"{bytes / 1024.0 / 1024.0:N1} MiB");
}
