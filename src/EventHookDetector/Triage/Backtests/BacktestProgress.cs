using System.Globalization;

namespace EventHookDetector.Triage.Backtests;

/// <summary>Says how far it has come: on a terminal in one line with a bar, elsewhere in a plain line every few seconds.</summary>
internal sealed class BacktestProgress(TextWriter writer, bool isTerminal, long? length, TimeProvider clock)
{
    private const int BarWidth = 24;
    private const double Megabyte = 1_000_000;

    private readonly TimeSpan _interval = isTerminal ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(5);
    private readonly long _startedAt = clock.GetTimestamp();
    private TimeSpan _shownAt;
    private int _shownLength;
    private BacktestPosition _latest;

    public void Show(BacktestPosition position)
    {
        _latest = position;
        if (clock.GetElapsedTime(_startedAt) - _shownAt >= _interval) Write();
    }

    /// <summary>Says where it ended.</summary>
    public void End()
    {
        Write();
        if (isTerminal) writer.WriteLine();
    }

    private void Write()
    {
        var elapsed = clock.GetElapsedTime(_startedAt);
        _shownAt = elapsed;
        var text = string.Join(", ", Parts(elapsed).OfType<string>());
        if (!isTerminal)
        {
            writer.WriteLine(text);
            return;
        }

        writer.Write($"\r{text.PadRight(_shownLength)}");
        _shownLength = text.Length;
    }

    private IEnumerable<string?> Parts(TimeSpan elapsed)
    {
        yield return Share is { } share
            ? Invariant($"{(isTerminal ? $"{Bar(share)} " : "")}{share:P0} of {length / Megabyte:N0} MB")
            : Invariant($"{_latest.Bytes / Megabyte:N0} MB");
        yield return Invariant($"{_latest.LogEvents:N0} log events");
        yield return elapsed > TimeSpan.Zero ? Invariant($"{_latest.LogEvents / elapsed.TotalSeconds:N0} a second") : null;
        yield return Share is > 0 and < 1 ? Invariant($"{elapsed.TotalSeconds * ((1 / Share) - 1):N0} s left") : null;
        yield return _latest.Judged == 0 ? Invariant($"{_latest.Matching:N0} match") : Invariant($"{_latest.Judged:N0} of {_latest.Matching:N0} that match judged");
    }

    private double? Share => length switch
    {
        null => null,
        0 => 1,
        _ => Math.Min(1, (double)_latest.Bytes / length.Value),
    };

    private static string Bar(double share)
    {
        var done = (int)(share * BarWidth);
        return $"[{new string('#', done)}{new string('.', BarWidth - done)}]";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
