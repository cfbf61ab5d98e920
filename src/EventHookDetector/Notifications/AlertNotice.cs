using EventHookDetector.Alerts;
using EventHookDetector.Hosting;

namespace EventHookDetector.Notifications;

/// <summary>An alert in words: who did what to whom, when, from where, with what, and what to do about it.</summary>
internal static class AlertNotice
{
    /// <summary>Beyond this, a human must know that it is old news: a replay, a back-fill, a delivery that was held up.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(15);

    private const int NamesShown = 3;
    private const int TargetsShown = 50;

    public static Notice Compose(string id, Alert alert, TriageGuide? guide, PublicOptions links)
    {
        var (target, actor) = (Names(alert.TargetUsers), Name(alert.Actor));
        return new Notice
        {
            Id = id,
            Thread = alert.Id,
            Type = alert.Outcome == AlertOutcome.Expected ? "reset.expected" : "alert.raised",
            Timestamp = alert.ReceivedAt,
            Title = Title(alert),
            Severity = alert.Severity,
            RaisedBecause = alert.SeverityReasons.Count == 0 ? null : string.Join(' ', alert.SeverityReasons),
            Summary = Summary(alert, target, actor),
            Facts = [.. FactsOf(alert)],
            NextSteps = guide is null || alert.Outcome == AlertOutcome.Expected ? [] : [.. guide.Investigate, .. guide.Respond],
            Link = links.LinkTo($"#alert={alert.Id}"),
            Data = alert,
        };
    }

    /// <summary>The same words again, under a heading that says why they come twice.</summary>
    public static Notice AsReminder(Notice notice, Alert alert) => notice with
    {
        Type = "alert.reminder",
        Title = Title(alert, "Still open: "),
        Summary = $"Nobody has acknowledged or closed this since {alert.ReceivedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. {notice.Summary}",
    };

    private static string Title(Alert alert, string heading = "") =>
        SeverityMark.Lead(alert.Severity, alert.SeverityReasons.Count > 0, heading + PlainTitle(alert, Names(alert.TargetUsers)));

    private static string PlainTitle(Alert alert, string target) => alert switch
    {
        { IsFactorReset: false } => alert.TargetUsers.Count == 0 ? alert.Rule.Name : $"{alert.Rule.Name}: {target}",
        { Outcome: AlertOutcome.Expected } => $"Expected: MFA factors of {target} were reset",
        _ when IsSuccess(alert.Result) => $"MFA factors of {target} were reset",
        _ => $"Attempt to reset the MFA factors of {target}",
    };

    private static string Summary(Alert alert, string target, string actor)
    {
        var when = alert.Published is { } published ? $"at {published.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "at a time that Okta did not state";
        var what = alert switch
        {
            { IsFactorReset: false } => $"By {actor} {when}: {alert.EventType}; Okta reports {alert.Result ?? "no result"}.",
            { HoldsResetAll: false } => $"{FactorCounts.Sum(alert.Factors)} of {target} {(alert.Factors.Count == 1 ? "was" : "were")} removed by {actor} {when}.",
            _ when IsSuccess(alert.Result) || alert.Factors.Count > 0 => $"All MFA factors of {target} were reset by {actor} {when}.",
            _ => $"{actor} tried to reset all MFA factors of {target} {when}; Okta reports {alert.Result ?? "no result"}.",
        };
        if (alert.Because is { } because) what = $"{what} {because}";
        return Lag(alert) is { } lag && lag > Stale ? $"{what} This is old news: it reached us {Duration(lag)} later." : what;
    }

    private static IEnumerable<Fact> FactsOf(Alert alert)
    {
        yield return new("Severity", $"{alert.Severity.ToColumn()}, risk score {alert.RiskScore}");
        yield return TargetsOf(alert);
        yield return new("Actor", Describe(alert.Actor));
        if (alert.Factors.Count > 0) yield return new("Factors", FactorCounts.List(alert.Factors));
        yield return new("Happened", alert.Published is { } time ? $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff} UTC" : "Okta did not say");
        yield return new("Result", alert.Reason is null ? alert.Result ?? "unknown" : $"{alert.Result ?? "unknown"} ({alert.Reason})");
        yield return new("Done", alert.ApiTokenId is { } token ? $"with API token {token}" : "by hand, without an API token");
        yield return new("Address", alert.Client?.IpAddress ?? "unknown");
        yield return new("Place", Joined(", ", alert.Client?.City, alert.Client?.State, alert.Client?.Country) ?? "unknown");
        yield return new("Network", NetworkOf(alert.Network) ?? "unknown");
        yield return new("Proxy", alert.Network?.IsProxy switch { true => "yes, an anonymising proxy", false => "no", null => "unknown" });
        yield return new("Client", Joined(", ", alert.Client?.UserAgent, alert.Client?.Device) ?? "unknown");
        if (alert.RiskLevel is { } risk) yield return new("Okta's risk", risk);
        yield return new("Lag", LagOf(alert));
        if (alert.Org is { } org) yield return new("Org", org);
        yield return new("Log event", alert.Uuid);
    }

    private static Fact TargetsOf(Alert alert)
    {
        var targets = alert.TargetUsers;
        if (targets.Count < 2) return new("Target", Describe(targets.FirstOrDefault()));

        var shown = string.Join("; ", targets.Take(TargetsShown).Select(Describe));
        return new("Targets", targets.Count > TargetsShown ? $"{shown} and {targets.Count - TargetsShown} more" : shown);
    }

    private static string Names(IReadOnlyList<AlertSubject> subjects) => subjects switch
    {
        [] => Name(null),
        [var only] => Name(only),
        { Count: <= NamesShown } => $"{string.Join(", ", subjects.SkipLast(1).Select(Name))} and {Name(subjects[^1])}",
        _ => $"{string.Join(", ", subjects.Take(NamesShown).Select(Name))} and {subjects.Count - NamesShown} more",
    };

    public static string Name(AlertSubject? subject) =>
        Known(subject?.AlternateId) ?? Known(subject?.DisplayName) ?? subject?.Id ?? "an account that Okta did not name";

    private static string Describe(AlertSubject? subject)
    {
        if (subject is null) return "Okta did not say";

        var name = Name(subject);
        var details = new[] { Known(subject.DisplayName), subject.Id, subject.Type is "User" ? null : subject.Type }
            .Where(detail => detail is not null && detail != name);
        return Joined(", ", [.. details]) is { } more ? $"{name} ({more})" : name;
    }

    private static string? NetworkOf(AlertNetwork? network) =>
        Joined(", ", network?.AsOrg, network?.AsNumber is { } number ? $"AS{number}" : null, network?.Isp == network?.AsOrg ? null : network?.Isp, network?.Domain);

    private static string LagOf(Alert alert) => Lag(alert) switch
    {
        null => "unknown",
        { Ticks: < 0 } ahead => $"none: Okta's clock says it happened {Duration(ahead.Negate())} after it reached us",
        { } lag => $"{Duration(lag)} from Okta's clock to us",
    };

    private static TimeSpan? Lag(Alert alert) => alert.Published is { } published ? alert.ReceivedAt - published : null;

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 2 } => $"{time.TotalSeconds:0.0} s",
        { TotalHours: < 2 } => $"{time.TotalMinutes:0} min",
        { TotalDays: < 2 } => $"{time.TotalHours:0} h",
        _ => $"{time.TotalDays:0} days",
    };

    private static bool IsSuccess(string? result) =>
        string.Equals(result, "SUCCESS", StringComparison.OrdinalIgnoreCase) || string.Equals(result, "ALLOW", StringComparison.OrdinalIgnoreCase);

    private static string? Known(string? text) => text is null or "" or "unknown" ? null : text;

    private static string? Joined(string separator, params string?[] parts) =>
        string.Join(separator, parts.Where(part => !string.IsNullOrWhiteSpace(part))) is { Length: > 0 } text ? text : null;
}
