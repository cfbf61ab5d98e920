using System.ComponentModel.DataAnnotations;
using EventHookDetector.Okta;

namespace EventHookDetector.Alerts;

/// <summary>The stored fact that a log event matched a rule. This is what operators read and what a webhook carries.</summary>
internal sealed record Alert
{
    /// <summary>A UUID of version 7: alerts sort by it in the order of receipt.</summary>
    public required string Id { get; init; }

    /// <summary>How the log event's story ended: whether people were told, and if not, why.</summary>
    public required AlertOutcome Outcome { get; init; }

    /// <summary>Why it ended as it did, where the outcome alone does not say it.</summary>
    public string? Because { get; init; }

    /// <summary>By whom it was done: administrator (anybody but the target and Okta's support), self (the target), or support (Okta's).</summary>
    public ActorKind Kind { get; init; }

    /// <summary>The announcement that it used up, if it was expected.</summary>
    public string? ExpectedResetId { get; init; }

    /// <summary>The exception item that covered it, if it was excepted.</summary>
    public string? ExceptionItemId { get; init; }

    /// <summary>Where people are with it.</summary>
    public required AlertStatus Status { get; init; }

    /// <summary>What it turned out to be; null until it is closed.</summary>
    public AlertVerdict? Verdict { get; init; }

    /// <summary>How much it matters, by its rule and by the facts that raise it.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>Why it matters more than its rule says, one sentence a step.</summary>
    public required IReadOnlyList<string> SeverityReasons { get; init; }

    /// <summary>From 0 to 100.</summary>
    public required int RiskScore { get; init; }

    /// <summary>The rule that matched, as it was then.</summary>
    public required RuleIdentity Rule { get; init; }

    /// <summary>The log event's uuid, or sha256: and the hash of its content where Okta sent none.</summary>
    public required string Uuid { get; init; }

    /// <summary>The host of the Okta org.</summary>
    public string? Org { get; init; }

    /// <summary>Okta's word for what was done.</summary>
    public required string EventType { get; init; }

    /// <summary>When it happened, by Okta's clock; null if Okta did not say.</summary>
    public DateTimeOffset? Published { get; init; }

    /// <summary>When it reached us.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Who did it.</summary>
    public AlertSubject? Actor { get; init; }

    /// <summary>To whom it was done; not always a user, and not always in this order.</summary>
    public required IReadOnlyList<AlertSubject> Targets { get; init; }

    /// <summary>What came of it, in Okta's words: SUCCESS, FAILURE and so on.</summary>
    public string? Result { get; init; }

    /// <summary>Why, in Okta's words.</summary>
    public string? Reason { get; init; }

    /// <summary>Where it was done from; null if Okta did not say.</summary>
    public AlertClient? Client { get; init; }

    /// <summary>The network it was done from; null if Okta did not say.</summary>
    public AlertNetwork? Network { get; init; }

    /// <summary>The id of the API token it was done with; null if it was done by hand.</summary>
    public string? ApiTokenId { get; init; }

    /// <summary>Okta's own rating, where it gives one: LOW, MEDIUM or HIGH.</summary>
    public string? RiskLevel { get; init; }

    /// <summary>The window it was received in.</summary>
    public required AlertWindow Window { get; init; }

    /// <summary>The factors that are named, where Okta told the reset factor by factor; empty where it told it as a whole. A name stands there as often as it was removed.</summary>
    public IReadOnlyList<string> Factors { get; init; } = [];

    /// <summary>The uuids of the other log events that are part of the same reset.</summary>
    public IReadOnlyList<string> Merged { get; init; } = [];

    /// <summary>Who was told, and how far that has come.</summary>
    public IReadOnlyList<AlertNotification> Notifications { get; init; } = [];

    /// <summary>What has happened with it, oldest first.</summary>
    public required IReadOnlyList<TimelineEntry> Timeline { get; init; }

    /// <summary>Whether all factors were reset, as far as Okta says so in one word.</summary>
    internal bool HoldsResetAll { get; init; }

    /// <summary>Whether it is about somebody's MFA factors; other rules are about other things.</summary>
    internal bool IsFactorReset => FactorResets.Include(EventType);

    /// <summary>The accounts that it is about, each once.</summary>
    internal IReadOnlyList<AlertSubject> TargetUsers => Targets.Count < 2 ? Targets :
    [
        .. TargetAccounts.Among([.. Targets.Select(target => new Subject(target.Id, target.Type, target.AlternateId, target.DisplayName))])
            .Select(account => new AlertSubject(account.Id, account.Type, account.AlternateId, account.DisplayName)),
    ];
}

/// <summary>How the log event's story ended.</summary>
internal enum AlertOutcome
{
    /// <summary>The notifiers that want to hear of it are told (Notifiers:{name}:Outcomes).</summary>
    Alerted,

    /// <summary>Its window was full: it is kept, and told in the window's digest.</summary>
    Capped,

    /// <summary>An exception item covered it, or its rule does not alert on such an actor.</summary>
    Excepted,

    /// <summary>It was announced.</summary>
    Expected,
}

/// <summary>By whom a reset was done.</summary>
internal enum ActorKind
{
    /// <summary>By anybody but the target and Okta's support: an administrator, the service desk, a tool.</summary>
    Administrator,

    /// <summary>By the target.</summary>
    Self,

    /// <summary>By Okta's own support.</summary>
    Support,
}

/// <summary>Where people are with it.</summary>
internal enum AlertStatus
{
    /// <summary>Nobody has taken it up.</summary>
    Open,

    /// <summary>Somebody is on it.</summary>
    Acknowledged,

    /// <summary>It has a verdict.</summary>
    Closed,
}

/// <summary>How much it matters.</summary>
internal enum AlertSeverity
{
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>The rule that matched.</summary>
internal sealed record RuleIdentity(string Id, string Name, int Version);

/// <summary>Somebody or something that Okta names: an id of Okta's, a type, a login and a name.</summary>
internal sealed record AlertSubject(string? Id, string? Type, string? AlternateId, string? DisplayName);

/// <summary>Where it was done from, and with what.</summary>
internal sealed record AlertClient(
    string? IpAddress, string? City, string? State, string? Country, string? UserAgent, string? Device, IReadOnlyList<string> IpChain);

/// <summary>The network it was done from; isProxy is true for an anonymising one.</summary>
internal sealed record AlertNetwork(string? AsNumber, string? AsOrg, string? Isp, string? Domain, bool? IsProxy);

/// <summary>One notifier's share: pending, sent or abandoned, after so many attempts.</summary>
internal sealed record AlertNotification(string Id, string Notifier, [property: AllowedValues("pending", "sent", "abandoned")] string State, int Attempts, string? LastError, DateTimeOffset? SentAt);

/// <summary>One thing that happened with an alert.</summary>
internal sealed record TimelineEntry(DateTimeOffset At, string What);
