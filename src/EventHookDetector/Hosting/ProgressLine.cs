using System.Globalization;

namespace EventHookDetector.Hosting;

/// <summary>Says how far a command has come: on a terminal in one line that is written over, elsewhere in a plain line every few seconds.</summary>
internal sealed class ProgressLine(TextWriter writer, bool isTerminal, TimeProvider clock)
{
    private const int BarWidth = 24;

    private readonly TimeSpan _interval = isTerminal ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(5);
    private readonly long _startedAt = clock.GetTimestamp();
    private TimeSpan _shownAt;
    private int _shownLength;

    public TimeSpan Elapsed => clock.GetElapsedTime(_startedAt);

    public bool IsDue => Elapsed - _shownAt >= _interval;

    /// <param name="share">From 0 to 1, for the bar; null where nobody knows.</param>
    /// <param name="parts">What is known, the most important first.</param>
    public void Write(double? share, IEnumerable<string?> parts)
    {
        _shownAt = Elapsed;
        var text = string.Join(", ", parts.OfType<string>());
        if (!isTerminal)
        {
            writer.WriteLine(text);
            return;
        }

        text = share is null ? text : $"{Bar(share.Value)} {text}";
        writer.Write($"\r{text.PadRight(_shownLength)}");
        _shownLength = text.Length;
    }

    /// <summary>What is written next begins a line.</summary>
    public void End()
    {
        if (isTerminal) writer.WriteLine();
        _shownLength = 0;
    }

    public static string? TimeLeft(TimeSpan elapsed, double? share) => share is > 0 and < 1 ? Invariant($"{elapsed.TotalSeconds * ((1 / share.Value) - 1):N0} s left") : null;

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Bar(double share)
    {
        var done = (int)(share * BarWidth);
        return $"[{new string('#', done)}{new string('.', BarWidth - done)}]";
    }
}
