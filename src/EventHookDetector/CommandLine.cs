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
          --version            prints the version
          --help               prints this

        A command says more with --help behind it. Settings are described in deploy/README.md.
        """;

    // As they are typed.
    private static readonly string[] Names = ["backtest", "backup", "migrate-storage", "verify-audit", "--health", "--version", "--help"];

    /// <returns>What to end with; null if it is to serve.</returns>
    public static async Task<int?> RunAsync(string[] words)
    {
        switch (words)
        {
            case []: return null;
            case ["--help" or "-h", ..]:
                Console.WriteLine(Usage);
                return 0;
            case ["--version"]:
                Console.WriteLine($"EventHookDetector {ProgramVersion.Text}");
                return 0;
            case ["--health", var url]: return await Commands.AskHealthAsync(url);
            case ["backtest", .. var rest]: return await BacktestCommand.RunAsync(rest);
            case ["backup", .. var rest]: return await BackupCommand.RunAsync(rest);
            case ["migrate-storage", .. var rest]: return await MigrateStorageCommand.RunAsync(rest);
            case ["verify-audit", .. var rest]: return await VerifyAuditCommand.RunAsync(rest);

            // A misspelt command must not start a second detector on the same database.
            case ["--health", ..]: return await Commands.RefuseAsync(Usage, WrongUsage);
            case [var word, ..] when !word.StartsWith("--", StringComparison.Ordinal):
                return await Commands.RefuseAsync($"There is no command {word}.{Suggest(word)}\n\n{Usage}", WrongUsage);
            default:
                return CommandLineFlags.FindFault(words, Names) is { } fault ? await Commands.RefuseAsync($"{fault}\n\n{Usage}", WrongUsage) : null;
        }
    }

    private static string Suggest(string word) =>
        Nearest.To(word.TrimStart('-'), Names.Select(name => name.TrimStart('-'))) is { } meant ? $" Perhaps {Names.First(name => name.TrimStart('-') == meant)} is meant." : "";
}
