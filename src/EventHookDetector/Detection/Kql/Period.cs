using System.Globalization;
using System.Text;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>The time that a date in a query stands for: 2026-11 is a month, 2026-11-24 a day, 2026-11-24T09 an hour, 2026-11-24T09:15 a minute.</summary>
internal readonly record struct Period(DateTimeOffset Start, DateTimeOffset End)
{
    private static readonly DateTimeOffset LastYear = new(DateTime.MaxValue.Year, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Format, Func<DateTimeOffset, DateTimeOffset> End)[] Formats =
    [
        ("yyyy", start => start.AddYears(1)),
        ("yyyy-MM", start => start.AddMonths(1)),
        ("yyyy-MM-dd", start => start.AddDays(1)),
        ("yyyy-MM-dd'T'HHK", start => start.AddHours(1)),
        ("yyyy-MM-dd'T'HH:mmK", start => start.AddMinutes(1)),
        ("yyyy-MM-dd'T'HH:mm:ssK", start => start.AddSeconds(1)),
    ];

    public static Period? Read(string text)
    {
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        foreach (var (format, end) in Formats)
        {
            if (DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, styles, out var start)
                && start.Year < DateTime.MaxValue.Year)
                return new Period(start, end(start));
        }

        if (Milliseconds(text) is { } instant) return new Period(instant, instant.AddMilliseconds(1));

        // With fractions of a second it is a moment.
        var isIso = text.Length > 4 && text[4] == '-' && text.Contains('T', StringComparison.Ordinal);
        return isIso && EcsKinds.Moment(Encoding.UTF8.GetBytes(text)) is { } moment && moment.Year < DateTime.MaxValue.Year
            ? new Period(moment, moment.AddTicks(1))
            : null;
    }

    /// <summary>Since 1970, as Elastic takes them too. Four digits are a year.</summary>
    private static DateTimeOffset? Milliseconds(string text) =>
        text.Length > 4 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds < LastYear.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}
