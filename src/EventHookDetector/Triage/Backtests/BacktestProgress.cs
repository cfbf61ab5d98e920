using EventHookDetector.Hosting;
using static EventHookDetector.Hosting.ProgressLine;

namespace EventHookDetector.Triage.Backtests;

/// <summary>How far a backtest has come, in bytes of the export and in log events.</summary>
internal sealed class BacktestProgress(TextWriter writer, bool isTerminal, long? length, TimeProvider clock)
{
    private const double Megabyte = 1_000_000;

    private readonly ProgressLine _line = new(writer, isTerminal, clock);
    private BacktestPosition _latest;

    private double? Share => length switch
    {
        null => null,
        0 => 1,
        _ => Math.Min(1, (double)_latest.Bytes / length.Value),
    };

    public void Show(BacktestPosition position)
    {
        _latest = position;
        if (_line.IsDue) _line.Write(Share, Parts(_line.Elapsed));
    }

    /// <summary>Says where it ended.</summary>
    public void End()
    {
        _line.Write(Share, Parts(_line.Elapsed));
        _line.End();
    }

    private IEnumerable<string?> Parts(TimeSpan elapsed)
    {
        yield return Share is { } share
            ? Invariant($"{share:P0} of {length / Megabyte:N0} MB")
            : Invariant($"{_latest.Bytes / Megabyte:N0} MB");
        yield return Invariant($"{_latest.LogEvents:N0} log events");
        yield return elapsed > TimeSpan.Zero ? Invariant($"{_latest.LogEvents / elapsed.TotalSeconds:N0} a second") : null;
        yield return TimeLeft(elapsed, Share);
        yield return _latest.Judged == 0 ? Invariant($"{_latest.Matching:N0} match") : Invariant($"{_latest.Judged:N0} of {_latest.Matching:N0} that match judged");
    }
}
