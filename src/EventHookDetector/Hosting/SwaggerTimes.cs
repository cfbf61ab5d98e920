using System.Globalization;
using System.Text.RegularExpressions;

namespace EventHookDetector.Hosting;

/// <summary>
/// The example of a request can be sent as it stands, on any day: what it tells has just happened, and is new. A fixed time would be
/// refused as past some day, and a fixed uuid be a duplicate at the second try; now that needs no more than loading the page anew.
/// </summary>
internal static partial class SwaggerTimes
{
    // Just after what all examples tell of.
    private static readonly DateTimeOffset Told = new(2026, 11, 24, 9, 15, 7, TimeSpan.Zero);

    public static string AsOf(DateTimeOffset now, string example)
    {
        var since = TimeSpan.FromSeconds(Math.Floor((now - Told).TotalSeconds));
        var moved = Instant.Replace(example, found =>
            (DateTimeOffset.Parse(found.Value, CultureInfo.InvariantCulture) + since).ToString("yyyy-MM-ddTHH:mm:ss.FFFZ", CultureInfo.InvariantCulture));
        return FirstOfUuid.Replace(moved, $"{(uint)now.ToUnixTimeMilliseconds():x8}");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Instant { get; }

    [GeneratedRegex("(?<=\"uuid\": \")[0-9a-f]{8}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FirstOfUuid { get; }
}
