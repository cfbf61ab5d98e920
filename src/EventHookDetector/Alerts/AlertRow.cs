using EventHookDetector.Okta;

namespace EventHookDetector.Alerts;

/// <summary>An alert as it stands in its table, and how it becomes one that can be shown.</summary>
internal sealed record AlertRow
{
    private LogEventFields _fields = new();

    public required string Id { get; init; }

    public required string Outcome { get; init; }

    public required string Status { get; init; }

    public required string Severity { get; init; }

    public required long RiskScore { get; init; }

    public required string RuleId { get; init; }

    public required string RuleName { get; init; }

    public required long RuleVersion { get; init; }

    public required string Uuid { get; init; }

    public string? Org { get; init; }

    public required string EventType { get; init; }

    public DateTimeOffset? Published { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset WindowStart { get; init; }

    public required DateTimeOffset WindowEnd { get; init; }

    public string? Verdict { get; init; }

    public string? Because { get; init; }

    public string? ExpectedResetId { get; init; }

    public string? ExceptionItemId { get; init; }

    public string? Kind { get; init; }

    public string? SeverityReasons { get; init; }

    /// <summary>The log event as it came; empty if it was not kept.</summary>
    public required byte[] Raw { get; init; }

    public required string RawSha256 { get; init; }

    /// <summary>About how many characters the texts of the log event hold that an alert shows.</summary>
    public long Characters { get; private init; }

    /// <summary>Reads what an alert shows of its log event; a list then lets the log event itself go.</summary>
    public AlertRow WithFields(bool keepRaw = true)
    {
        var fields = LogEventFields.Read(Raw);
        return this with { _fields = fields, Characters = fields.Characters, Raw = keepRaw ? Raw : [] };
    }

    /// <remarks>After <see cref="WithFields"/>.</remarks>
    public Alert ToAlert(AlertParts parts)
    {
        var fields = _fields;
        var outcome = AlertRecord.FromColumn<AlertOutcome>(Outcome);
        return new Alert
        {
            Id = Id,
            Outcome = outcome,
            Status = AlertRecord.FromColumn<AlertStatus>(Status),
            Because = Because,
            Kind = Kind is null ? ActorKind.Administrator : AlertRecord.FromColumn<ActorKind>(Kind),
            ExpectedResetId = ExpectedResetId,
            ExceptionItemId = ExceptionItemId,
            Verdict = VerdictOrNull,
            Severity = AlertRecord.FromColumn<AlertSeverity>(Severity),
            SeverityReasons = Alerts.SeverityReasons.FromColumn(SeverityReasons),
            RiskScore = (int)RiskScore,
            Rule = new(RuleId, RuleName, (int)RuleVersion),
            Uuid = Uuid,
            Org = Org,
            EventType = EventType,
            Published = Published,
            ReceivedAt = ReceivedAt,
            Actor = SubjectOf(fields.Actor),
            Targets = [.. fields.Targets.Select(SubjectOf).OfType<AlertSubject>()],
            Result = fields.Result,
            Reason = fields.Reason,
            Client = fields.Client is not { } client ? null : new(
                client.IpAddress, client.City, client.State, client.Country, client.UserAgent ?? client.Browser, client.Device, client.IpChain),
            Network = fields.Network is not { } network ? null : new(
                network.AsNumber, network.AsOrg, network.Isp, network.Domain, network.IsProxy),
            ApiTokenId = fields.ApiTokenId,
            RiskLevel = fields.RiskLevel,
            Window = new(WindowStart, WindowEnd),
            Factors = [.. FactorsOf(fields, parts.Merged)],
            HoldsResetAll = EventType == FactorResets.All || parts.Merged.Any(merged => merged.EventType == FactorResets.All),
            Merged = [.. parts.Merged.Select(merged => merged.Uuid)],
            Notifications = parts.Notifications,
            Timeline = TimelineOf(fields, outcome, parts),
        };
    }

    private AlertVerdict? VerdictOrNull => Verdict is null ? null : AlertRecord.FromColumn<AlertVerdict>(Verdict);

    private List<TimelineEntry> TimelineOf(
        LogEventFields fields, AlertOutcome outcome, AlertParts parts)
    {
        var received = outcome switch
        {
            AlertOutcome.Alerted => "Received, and raised as an alert.",
            AlertOutcome.Capped => "Received, and kept without telling anybody: the window was full.",
            AlertOutcome.Expected => "Received, and recorded as expected.",
            _ when ExceptionItemId is null => "Received, and recorded without telling anybody: its rule does not alert on it.",
            _ => "Received, and recorded without telling anybody: an exception item covers it.",
        };
        var entries = new List<TimelineEntry> { new(ReceivedAt, received) };
        if (fields.Published is { } published) entries.Add(new(published, "Happened, by Okta's clock."));
        entries.AddRange(parts.Merged.Select(merged => new TimelineEntry(merged.ReceivedAt, Describe(merged))));
        entries.AddRange(parts.Notifications.Where(n => n.SentAt is not null).Select(n => new TimelineEntry(n.SentAt!.Value, $"Told through {n.Notifier}.")));
        entries.AddRange(parts.Entries.Select(step => step.ToTimeline(VerdictOrNull)));
        return [.. entries.OrderBy(entry => entry.At)];
    }

    // In the order in which they happened, one for each log event: a user may have several factors of one name.
    private IEnumerable<string> FactorsOf(LogEventFields fields, IEnumerable<MergedPart> merged) => merged
        .Select(other => (other.At, other.Factor))
        .Append((At: fields.Published ?? ReceivedAt, Factor: FactorNames.Of(EventType, fields)))
        .OrderBy(named => named.At)
        .Select(named => named.Factor)
        .OfType<string>();

    private static string Describe(MergedPart merged)
    {
        var what = merged.Factor is { } factor ? $"the factor {factor}" : merged.EventType;
        return $"Part of the same reset: {what}, by {merged.By ?? "an actor that Okta did not name"} (log event {merged.Uuid}).";
    }

    private static AlertSubject? SubjectOf(Subject? subject) =>
        subject is null ? null : new(subject.Id, subject.Type, subject.AlternateId, subject.DisplayName);
}

/// <summary>What stands in other tables about an alert.</summary>
internal sealed record AlertParts(
    IReadOnlyList<AlertNotification> Notifications, IReadOnlyList<AlertEntry> Entries, IReadOnlyList<MergedPart> Merged);

/// <summary>The parts of a merged log event that its alert shows.</summary>
internal sealed record MergedPart(string AlertId, string Uuid, string EventType, DateTimeOffset ReceivedAt, DateTimeOffset At, string? Factor, string? By)
{
    // A flood of long names in one alert would otherwise be held as a whole.
    private const int LongestName = 200;

    public static MergedPart Of(MergedLogEvent part)
    {
        var fields = part.Fields;
        return new(
            part.AlertId!, part.Uuid, part.EventType, part.ReceivedAt, fields.Published ?? part.ReceivedAt,
            Cut(FactorNames.Of(part.EventType, fields)), Cut(fields.Actor?.AlternateId ?? fields.Actor?.Id));
    }

    private static string? Cut(string? name) => name?.Length > LongestName ? $"{name[..LongestName]}…" : name;
}
