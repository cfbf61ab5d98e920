using EventHookDetector.Audit;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using EventHookDetector.Triage.Backtests;

namespace EventHookDetector;

/// <summary>What the program can be asked on the command line besides to serve.</summary>
internal static class CommandLine
{
    /// <returns>What to end with; null if it is to serve.</returns>
    public static async Task<int?> RunAsync(string[] words) => words switch
    {
        ["--health", var url] => await Commands.AskHealthAsync(url),
        ["backtest", .. var rest] => await BacktestCommand.RunAsync(rest),
        ["backup", .. var rest] => await BackupCommand.RunAsync(rest),
        ["migrate-storage", .. var rest] => await MigrateStorageCommand.RunAsync(rest),
        ["verify-audit", .. var rest] => await VerifyAuditCommand.RunAsync(rest),
        _ => null,
    };
}
