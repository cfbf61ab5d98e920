using EventHookDetector.Okta;

namespace EventHookDetector.Alerts;

/// <summary>An alert as it stands in its table, and how it becomes one that can be shown.</summary>
internal sealed record AlertRow
{
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

    public required byte[] Raw { get; init; }

    public required string RawSha256 { get; init; }

    public Alert ToAlert(IReadOnlyList<AlertNotification> notifications, IEnumerable<AlertEntry> entries)
    {
        var fields = LogEventFields.Read(Raw);
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
            Notifications = notifications,
            Timeline = TimelineOf(fields, outcome, notifications, entries),
        };
    }

    private AlertVerdict? VerdictOrNull => Verdict is null ? null : AlertRecord.FromColumn<AlertVerdict>(Verdict);

    private List<TimelineEntry> TimelineOf(
        LogEventFields fields, AlertOutcome outcome, IReadOnlyList<AlertNotification> notifications, IEnumerable<AlertEntry> steps)
    {
        var received = outcome switch
        {
            AlertOutcome.Alerted => "Received, and raised as an alert.",
            AlertOutcome.Capped => "Received, and kept without telling anybody: the window was full.",
            AlertOutcome.Expected => "Received, and recorded as expected.",
            _ => "Received, and recorded without telling anybody: an exception item covers it.",
        };
        var entries = new List<TimelineEntry> { new(ReceivedAt, received) };
        if (fields.Published is { } published) entries.Add(new(published, "Happened, by Okta's clock."));
        entries.AddRange(notifications.Where(n => n.SentAt is not null).Select(n => new TimelineEntry(n.SentAt!.Value, $"Told through {n.Notifier}.")));
        entries.AddRange(steps.Select(step => step.ToTimeline(VerdictOrNull)));
        return [.. entries.OrderBy(entry => entry.At)];
    }

    private static AlertSubject? SubjectOf(Subject? subject) =>
        subject is null ? null : new(subject.Id, subject.Type, subject.AlternateId, subject.DisplayName);
}
