using System.Globalization;

namespace EventHookDetector.Hosting;

/// <summary>Times as operators type them in: ISO-8601, and UTC where no zone is given.</summary>
internal static class ApiTime
{
    private static readonly string[] Formats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <returns>Null if it is no time.</returns>
    // Exactly, for the framework would otherwise make today, by the machine's clock, of a time without a date.
    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
