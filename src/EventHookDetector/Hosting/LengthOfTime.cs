using System.Globalization;

namespace EventHookDetector.Hosting;

/// <summary>Reads lengths of time of settings, rule files and requests: <c>hours:minutes:seconds</c>, with days as <c>1.00:00:00</c>.</summary>
internal static class LengthOfTime
{
    /// <summary>Shown where a value is refused.</summary>
    public const string Example = "a length of time such as 00:05:00, or 1.00:00:00 for a day";

    private static readonly string[] Formats = [@"h\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"d\.h\:mm\:ss", @"d\.h\:mm\:ss\.FFFFFFF"];

    /// <returns>Null for anything else.</returns>
    // The framework would read "2" as two days, "24:00:00" as 24 days and "10:00" as ten hours.
    public static TimeSpan? Read(string? text) =>
        TimeSpan.TryParseExact(text, Formats, CultureInfo.InvariantCulture, TimeSpanStyles.None, out var length) ? length : null;
}
