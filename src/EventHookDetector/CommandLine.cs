using EventHookDetector.Audit;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using EventHookDetector.Triage.Backtests;

namespace EventHookDetector;

/// <summary>What the program can be asked on the command line besides to serve.</summary>
internal static class CommandLine
{
    private const int WrongUsage = 2;

    private const string Usage =
        """
        Usage: EventHookDetector [--KEY VALUE …]   starts the detector; --KEY VALUE sets a setting, such as --Storage:Provider PostgreSql
               EventHookDetector COMMAND …         does one thing and ends

          backtest FILE        says what the detector would have made of an export of the System Log
          backup FILE          copies the SQLite file, while the detector runs or not
          migrate-storage …    brings everything from the SQLite file to PostgreSQL
          verify-audit         says whether every row of the audit is still what it was
          --health URL         asks a running detector how it is
          --help               says this

        A command says more with --help behind it. Settings are described in deploy/README.md.
        """;

    /// <returns>What to end with; null if it is to serve.</returns>
    public static async Task<int?> RunAsync(string[] words)
    {
        switch (words)
        {
            case ["--help" or "-h", ..]:
                Console.WriteLine(Usage);
                return 0;
            case ["--health", var url]: return await Commands.AskHealthAsync(url);
            case ["backtest", .. var rest]: return await BacktestCommand.RunAsync(rest);
            case ["backup", .. var rest]: return await BackupCommand.RunAsync(rest);
            case ["migrate-storage", .. var rest]: return await MigrateStorageCommand.RunAsync(rest);
            case ["verify-audit", .. var rest]: return await VerifyAuditCommand.RunAsync(rest);

            // Whoever misspells a command is not to have a second detector on the same database.
            case ["--health", ..]: return await Commands.RefuseAsync(Usage, WrongUsage);
            case [var word, ..] when !word.StartsWith('-'): return await Commands.RefuseAsync($"There is no command {word}.\n\n{Usage}", WrongUsage);
            default: return null;
        }
    }
}
