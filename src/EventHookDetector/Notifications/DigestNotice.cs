using System.Globalization;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>What a full window withheld, in words: how many, about whom, by whom.</summary>
internal static class DigestNotice
{
    private const int NamesShown = 10;

    public static Notice Compose(string id, DigestSubject digest, IReadOnlyList<Alert> capped, PublicOptions links)
    {
        var (targets, actors) = (Counted(capped, alert => alert.TargetUser), Counted(capped, alert => alert.Actor));
        var period = $"{digest.Window.Start.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {EndOf(digest.Window)} UTC";
        var among = capped.Count < digest.Capped ? $" (among the first {capped.Count} withheld)" : "";
        var areResets = capped.All(alert => alert.IsFactorReset);
        var rule = capped.Count > 0 ? capped[0].Rule.Name : digest.RuleId;
        return new Notice
        {
            Id = id,
            Thread = digest.ToString(),
            Type = "window.digest",
            Timestamp = digest.Window.End,
            Title = areResets ? $"{digest.Capped} more resets of MFA factors were withheld" : $"{digest.Capped} more alerts were withheld: {rule}",
            Summary = $"From {period} the rule told {digest.Alerted} alerts, and withheld {digest.Capped} more because the window was full. All of them are stored.",
            Facts =
            [
                new("Rule", rule),
                new("Window", period),
                new("Told", digest.Alerted.ToString(CultureInfo.InvariantCulture)),
                new("Withheld", digest.Capped.ToString(CultureInfo.InvariantCulture)),
                new("Targets", Listed(targets) + among),
                new("Actors", Listed(actors) + among),
            ],
            NextSteps =
            [
                $"Look at the list of actors first: one that {(areResets ? "resets many accounts" : "does this often")} is either a tool or an attacker.",
                "Read the withheld alerts in the list of alerts, by outcome capped.",
            ],
            Link = links.LinkTo($"#outcome=capped&rule={Uri.EscapeDataString(digest.RuleId)}&from={InLink(digest.Window.Start)}&to={InLink(digest.Window.End)}"),
            Data = new
            {
                rule = new { id = digest.RuleId, name = rule },
                digest.Window,
                digest.Alerted,
                digest.Capped,
                targets,
                actors,
            },
        };
    }

    // A window of a day would otherwise seem to end when it began.
    private static string EndOf(AlertWindow window) => window.End.UtcDateTime.ToString(
        window.Start.UtcDateTime.Date == window.End.UtcDateTime.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string InLink(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IReadOnlyList<NameCount> Counted(IReadOnlyList<Alert> alerts, Func<Alert, AlertSubject?> subject) =>
        [.. alerts.GroupBy(alert => AlertNotice.Name(subject(alert)), StringComparer.OrdinalIgnoreCase)
            .Select(group => new NameCount(group.Key, group.Count()))
            .OrderByDescending(entry => entry.Count).ThenBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)];

    private static string Listed(IReadOnlyList<NameCount> names)
    {
        var shown = string.Join(", ", names.Take(NamesShown).Select(entry => $"{entry.Name} ({entry.Count})"));
        return names.Count > NamesShown ? $"{shown} and {names.Count - NamesShown} more" : shown;
    }

    /// <summary>How often a name occurs.</summary>
    internal sealed record NameCount(string Name, int Count);
}

/// <summary>The window that a digest is about, in one line of text as the outbox keeps it.</summary>
internal sealed record DigestSubject(string RuleId, AlertWindow Window, long Alerted, long Capped)
{
    public static DigestSubject Of(ClosedWindow window) =>
        new(window.RuleId, new(window.WindowStart, window.WindowEnd), window.Alerted, window.Capped);

    public static DigestSubject Parse(string text)
    {
        var parts = text.Split('|');
        return new(parts[0], new(ColumnValue.ToTime(Number(parts[1])), ColumnValue.ToTime(Number(parts[2]))), Number(parts[3]), Number(parts[4]));
    }

    /// <summary>How the subject of every digest of that window begins.</summary>
    public static string BeginningOf(string ruleId, AlertWindow window) =>
        string.Join('|', ruleId, ColumnValue.ToMicroseconds(window.Start), ColumnValue.ToMicroseconds(window.End));

    public override string ToString() => string.Join('|', BeginningOf(RuleId, Window), Alerted, Capped);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
