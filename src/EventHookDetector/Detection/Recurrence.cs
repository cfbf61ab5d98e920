using Cronos;

namespace EventHookDetector.Detection;

/// <summary>
/// Windows that come again: each begins when the cron expression says so, by the clocks of a time zone, and lasts for the
/// duration. Over a change to or from summer time the beginning stays at its hour by the clock, and the duration stays as long
/// as it is.
/// </summary>
internal sealed class Recurrence
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private static readonly DateTimeOffset FirstTime = DateTimeOffset.MinValue.AddDays(1);
    private static readonly DateTimeOffset LastTime = DateTimeOffset.MaxValue.AddDays(-1);

    private readonly CronExpression _cron;
    private readonly TimeSpan _duration;
    private readonly TimeZoneInfo _timeZone;

    /// <exception cref="FormatException">The expression is none.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine knows no such time zone.</exception>
    public Recurrence(string cron, TimeSpan duration, string timeZone)
    {
        _cron = CronExpression.Parse(cron, CronFormat.Standard);
        _duration = duration;
        _timeZone = TimeZoneInfo.FindSystemTimeZoneById(timeZone);
    }

    /// <summary>Whether one of the windows is open at that time: from its beginning up to, not including, its end.</summary>
    public bool IsOpenAt(DateTimeOffset time)
    {
        // At either end of all time a clock of the time zone would stand beyond it.
        if (time - FirstTime < _duration || time > LastTime) return false;

        return _cron.GetNextOccurrence(time - _duration, _timeZone) is { } began && began <= time;
    }

    /// <returns>False for one such as the 30th of February.</returns>
    public static bool EverHappens(string cron, DateTimeOffset now) =>
        CronExpression.Parse(cron, CronFormat.Standard).GetNextOccurrence(now, TimeZoneInfo.Utc) is not null;

    /// <returns>What is wrong with the expression; null if nothing is.</returns>
    public static string? FindFault(string? cron)
    {
        try
        {
            CronExpression.Parse(cron ?? "", CronFormat.Standard);
            return null;
        }
        catch (CronFormatException fault)
        {
            return fault.Message;
        }
    }

    public static bool IsTimeZone(string? name) =>
        !string.IsNullOrWhiteSpace(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId;
}
