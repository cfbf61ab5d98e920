using EventHookDetector.Alerts;

namespace EventHookDetector.Dashboard;

/// <summary>When what happened, to be counted in stretches of any length.</summary>
internal sealed class OutcomeTimes(
    IReadOnlyList<OverviewReader.WindowCount> windows, IReadOnlyList<DateTimeOffset> excepted, IReadOnlyList<DateTimeOffset> expected)
{
    /// <returns>So many stretches, of which the last one is not over yet; oldest first, the empty ones too.</returns>
    public IReadOnlyList<OutcomeCount> In(TimeSpan length, int count, DateTimeOffset now)
    {
        DateTimeOffset StartOf(DateTimeOffset time) => AlertWindow.Of(time, length).Start;
        var byWindow = windows.ToLookup(window => StartOf(window.Start));
        var byExcepted = excepted.CountBy(StartOf).ToDictionary();
        var byExpected = expected.CountBy(StartOf).ToDictionary();
        return [.. Enumerable.Range(1 - count, count).Select(n => StartOf(now) + (n * length)).Select(start => new OutcomeCount(
            start,
            start + length,
            byWindow[start].Sum(window => window.Alerted),
            byWindow[start].Sum(window => window.Capped),
            byExcepted.GetValueOrDefault(start),
            byExpected.GetValueOrDefault(start)))];
    }
}
