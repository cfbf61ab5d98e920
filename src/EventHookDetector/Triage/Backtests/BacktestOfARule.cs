using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Triage.Backtests;

/// <summary>Tries one rule beside the detector that runs: one at a time, so that deliveries keep what they need of the machine.</summary>
internal sealed class BacktestOfARule(IConfiguration configuration, DetectionRules rules, ExceptionItems items, ExpectedResets resets, IOptions<BacktestsOptions> options)
{
    private int _isRunning;

    /// <returns>Null while another one is under way.</returns>
    public async Task<BacktestAnswer?> TryRunAsync(Rule rule, Stream export, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 1) return null;

        try
        {
            var announced = await Announced.ReadAsync(items, resets, cancellationToken);
            return await new Backtest(configuration, rules.With(rule), announced, options.Value.MaxMatchingBytes).RunAsync(export, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }
}
