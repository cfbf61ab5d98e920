using System.Globalization;
using System.Text;
using EventHookDetector.Hosting;
using EventHookDetector.Storage.Moves;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary><c>migrate-storage</c>: brings everything from the SQLite file of the configuration to PostgreSQL.</summary>
internal static class MigrateStorageCommand
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Interrupted = 130;

    private const string Usage =
        """
        Usage: EventHookDetector migrate-storage --to-file FILE | --to "CONNECTION STRING"

        Brings everything from the SQLite file that Storage:ConnectionString names to PostgreSQL. Stop the detector first: the file is locked
        meanwhile, is not changed, and is refused while a detector runs on it. Ended in the middle, it goes on where it was when called again.

          --to-file FILE            reads the connection string of PostgreSQL from a file; - for standard input
          --to "CONNECTION STRING"  the same in the command itself, where the list of processes shows it: not for one that holds a password

        Ends with 0 if everything is there; with 1 if not, and says why; with 2 if it was called otherwise than this; with 130 if it was interrupted.
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        if (words is ["--help" or "-h"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (words is not ["--to" or "--to-file", { Length: > 0 } value]) return await Commands.RefuseAsync(Usage, WrongUsage);

        using var stop = new Interruption();
        try
        {
            var to = words[0] == "--to" ? value : await ReadAsync(value, stop.Token);
            await using var services = Commands.CreateServices().AddStorage().BuildServiceProvider();
            var faults = services.FindConfigurationFaults();
            if (faults.Count > 0) return Commands.RefuseToStart(faults);

            var from = services.GetRequiredService<IOptions<StorageOptions>>().Value;
            if (FindFault(from, to, words[0]) is { } fault) return await Commands.RefuseAsync(fault, Failed);

            return await RunAsync(from.ConnectionString, to, stop.Token);
        }
        catch (Exception fault) when (stop.Token.IsCancellationRequested && fault is not MoveRefusedException)   // a driver may say otherwise that it was cancelled
        {
            return await Commands.RefuseAsync("\nInterrupted. Call it again, and it goes on where it was.", Interrupted);
        }
        catch (MoveRefusedException refused)
        {
            return await Commands.RefuseAsync($"\n{refused.Message}", Failed);
        }
        catch (StartFaultException refused)
        {
            return await Commands.RefuseAsync($"\n{refused.Message}.", Failed);
        }
        catch (PostgresException fault)
        {
            return await Commands.RefuseAsync($"\nPostgreSQL: {fault.SqlState}: {fault.MessageText}. {PostgreSqlFaults.Cure(fault) ?? "Mend that and call this again; it goes on where it was"}.", Failed);
        }
        catch (Exception fault) when (fault is NpgsqlException or SqliteException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            return await Commands.RefuseAsync($"\n{fault.Message.TrimEnd('.')}. Mend that and call it again; it goes on where it was.", Failed);
        }
    }

    private static async Task<int> RunAsync(string from, string to, CancellationToken cancellationToken)
    {
        using var source = MoveSource.Open(from);
        await using var target = await MoveTarget.OpenAsync(to, cancellationToken);
        var progress = new MoveProgress(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);
        await Console.Error.WriteLineAsync("The file is locked until this ends. A detector cannot use it, nor start on it.");
        var result = await Task.Run(() => new Move(source, target, progress).RunAsync(cancellationToken), cancellationToken);
        Console.WriteLine(Describe(result));
        return result.Tables.All(table => table.Agrees) ? 0 : Failed;
    }

    private static string Describe(MoveResult result)
    {
        if (result.FinishedAt is { } at) return $"Everything was brought over on {at:u}, and the file has not changed since. Nothing was done.\n\n{WhatNext}";

        var text = new StringBuilder();
        foreach (var table in result.Tables.Prepend(null))
        {
            text.AppendLine(table is null
                ? $"{"table",-28}{"in the file",14}{"in PostgreSQL",16}"
                : string.Create(CultureInfo.InvariantCulture, $"{table.Name,-28}{table.Source,14:N0}{table.Target,16:N0}  {(table.Agrees ? "agree" : table.Source == table.Target ? "DIFFER in what they say" : "DIFFER")}"));
        }

        return text.AppendLine().Append(result.Tables.All(table => table.Agrees)
            ? $"Everything is there, and says the same on both sides.\n\n{WhatNext}"
            : "Not everything agrees, so do not start a detector on it. Somebody else has written to the database meanwhile, or the file is damaged. The file is\n"
            + "as it was: the detector may go on with it. Make the database anew (DROP DATABASE, CREATE DATABASE), see that nothing else uses it, and begin again.").ToString();
    }

    private const string WhatNext =
        """
        Now change two settings and start the detector:
          Storage:Provider          PostgreSql
          Storage:ConnectionString  what --to or its file said
        Put the file away once you have seen it work. Never start a detector on it again: it would tell what the other one tells.
        """;

    private static string? FindFault(StorageOptions from, string to, string word)
    {
        var target = new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = to };
        if (new StorageOptions.Validator().Validate(target).Errors is [var error, ..]) return $"{word} {error.ErrorMessage}.";
        if (from.Provider == StorageProvider.Sqlite) return null;

        return IsSame(new(from.ConnectionString), new(to))
            ? "The detector is configured to use that very database already, so nothing can be brought to it. Call this with Storage:Provider=Sqlite and Storage:ConnectionString as they were for the file."
            : "The detector is configured to use PostgreSQL already. From there to another PostgreSQL take pg_dump and pg_restore; to bring a file over, call this with Storage:Provider=Sqlite and Storage:ConnectionString as they were for it.";
    }

    private static bool IsSame(NpgsqlConnectionStringBuilder one, NpgsqlConnectionStringBuilder other) =>
        (one.Host, one.Port, one.Database) == (other.Host, other.Port, other.Database);

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken) =>
        (file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken)).Trim();
}
