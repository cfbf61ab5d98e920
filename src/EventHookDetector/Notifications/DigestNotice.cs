using System.Globalization;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>Describes what a full window suppressed: number, severity, targets and actors.</summary>
internal static class DigestNotice
{
    private const int NamesShown = 10;

    public static Notice Compose(string id, DigestSubject digest, SuppressedSummary suppressed, PublicOptions links)
    {
        var period = $"{digest.Window.Start.UtcDateTime:yyyy-MM-dd HH:mm:ss} to {EndOf(digest.Window)} UTC";
        var rule = suppressed.RuleName ?? digest.RuleId;
        var worst = suppressed.MostSevere.Count > 0 ? suppressed.MostSevere[0] : null;
        return new Notice
        {
            Id = id,
            Thread = digest.ToString(),
            Type = "window.digest",
            Timestamp = digest.Window.End,
            Title = SeverityMark.Lead(worst?.Severity ?? default, worst?.Reasons is not null, PlainTitle(digest, suppressed.AreResets, rule)),
            Severity = worst?.Severity,
            RaisedBecause = worst?.Reasons is { } reasons ? $"{NameOf(worst.Target)}, by {NameOf(worst.Actor)}: {InOneLine(reasons)}" : null,
            Summary = $"From {period} the rule sent {Count(digest.Alerted, "alert")}, and suppressed {digest.Capped} more because the window was full. All of them are stored.",
            Facts = [.. FactsOf(digest, suppressed, rule, period)],
            NextSteps =
            [
                .. worst?.Reasons is null ? Array.Empty<string>() : ["Look at the most severe alerts first: they are listed above."],
                $"Look at the list of actors: one that {(suppressed.AreResets ? "resets many accounts" : "does this often")} is either a tool or an attacker.",
                "Read the suppressed alerts in the list of alerts, by outcome capped; sort=severity shows the most severe first.",
            ],
            Link = links.LinkTo($"#outcome=capped&rule={Uri.EscapeDataString(digest.RuleId)}&from={InLink(digest.Window.Start)}&to={InLink(digest.Window.End)}"),
            Data = DataOf(digest, suppressed, rule),
        };
    }

    private static string PlainTitle(DigestSubject digest, bool areResets, string rule) => (areResets, digest.Capped) switch
    {
        (true, 1) => "1 more reset of MFA factors was suppressed",
        (true, _) => $"{digest.Capped} more resets of MFA factors were suppressed",
        (false, 1) => $"1 more alert was suppressed: {rule}",
        (false, _) => $"{digest.Capped} more alerts were suppressed: {rule}",
    };

    private static IEnumerable<Fact> FactsOf(DigestSubject digest, SuppressedSummary suppressed, string rule, string period)
    {
        if (suppressed.Severities.Count > 0)
            yield return new("Severity", string.Join(", ", suppressed.Severities.Select(severity => $"{severity.Count} {severity.Severity.ToColumn()}")));
        foreach (var alert in suppressed.MostSevere.Where(alert => alert.Reasons is not null))
        {
            yield return new(
                $"{SeverityMark.SymbolOf(alert.Severity)} {alert.Severity}", $"{NameOf(alert.Target)}, by {NameOf(alert.Actor)}: {InOneLine(alert.Reasons!)}");
        }

        yield return new("Targets", Listed(suppressed.Targets));
        yield return new("Actors", Listed(suppressed.Actors));
        yield return new("Rule", rule);
        yield return new("Window", period);
        yield return new("Sent", digest.Alerted.ToString(CultureInfo.InvariantCulture));
        yield return new("Suppressed", digest.Capped.ToString(CultureInfo.InvariantCulture));
    }

    private static object DataOf(DigestSubject digest, SuppressedSummary suppressed, string rule) => new
    {
        rule = new { id = digest.RuleId, name = rule },
        digest.Window,
        digest.Alerted,
        digest.Capped,
        suppressed.Severities,
        mostSevere = suppressed.MostSevere.Select(alert => new
        {
            alert.Id,
            alert.Severity,
            severityReasons = SeverityReasons.FromColumn(alert.Reasons),
            target = NameOf(alert.Target),
            actor = NameOf(alert.Actor),
        }),
        targets = Counted(suppressed.Targets),
        targetCount = CountOf(suppressed.Targets),
        actors = Counted(suppressed.Actors),
        actorCount = CountOf(suppressed.Actors),
    };

    // A window of a day would otherwise seem to end when it began.
    private static string EndOf(AlertWindow window) => window.End.UtcDateTime.ToString(
        window.Start.UtcDateTime.Date == window.End.UtcDateTime.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string InLink(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IEnumerable<object> Counted(IEnumerable<SuppressedName> names) =>
        names.Select(name => new { name = NameOf(name.Name), name.Count, name.Severity });

    private static long CountOf(IReadOnlyList<SuppressedName> names) => names.Count == 0 ? 0 : names[0].Names;

    private static string Listed(IReadOnlyList<SuppressedName> names)
    {
        var shown = string.Join(", ", names.Take(NamesShown).Select(name =>
            $"{NameOf(name.Name)} ({name.Count}{(name.Severity == AlertSeverity.Low ? "" : $", {name.Severity.ToColumn()}")})"));
        return CountOf(names) > NamesShown ? $"{shown} and {CountOf(names) - NamesShown} more" : shown;
    }

    private static string NameOf(string name) => name.Length > 0 ? name : AlertNotice.Name(null);

    private static string InOneLine(string reasons) => string.Join(' ', SeverityReasons.FromColumn(reasons));

    private static string Count(long number, string one) => number == 1 ? $"1 {one}" : $"{number} {one}s";
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
