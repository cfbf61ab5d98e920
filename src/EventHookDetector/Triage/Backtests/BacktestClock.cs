namespace EventHookDetector.Triage.Backtests;

/// <summary>Says that it is then. Timers run as ever, for whoever waits waits now.</summary>
internal sealed class BacktestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    public override DateTimeOffset GetUtcNow() => Now;
}
