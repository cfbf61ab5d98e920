using EventHookDetector.Okta;

namespace EventHookDetector.Alerts;

/// <summary>What to look for, how much it matters, and what to do when it is found. How it is looked for is Detection's business.</summary>
internal sealed record Rule
{
    /// <summary>Elastic's id of it, if it follows a rule of Elastic's; otherwise our own, or its author's.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Elastic's version that this one follows; of any other rule, its own.</summary>
    public required int Version { get; init; }

    /// <summary>Whether it is in force; many are not until they are switched on.</summary>
    public required bool Enabled { get; init; }

    /// <summary>What it looks for, and why that matters.</summary>
    public required string Description { get; init; }

    /// <summary>The severity of its alerts.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>From 0 to 100, on Elastic's scale: 21 low, 47 medium, 73 high, 99 critical.</summary>
    public required int RiskScore { get; init; }

    /// <summary>The condition in words that Elastic's users know (KQL).</summary>
    public required string Query { get; init; }

    /// <summary>The event types that can satisfy the query. No other log event is looked at.</summary>
    public required IReadOnlyList<string> EventTypes { get; init; }

    /// <summary>Elastic's tags, to search by.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>The techniques it watches for.</summary>
    public required IReadOnlyList<Threat> Threat { get; init; }

    /// <summary>The length of its windows.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>The cap: how many alerts it may raise in one window.</summary>
    public required int MaxAlerts { get; init; }

    /// <summary>How many log events about one target make an alert together; null if each makes one by itself.</summary>
    public Burst? Burst { get; init; }

    /// <summary>
    /// Whose deeds it alerts on, as some of administrator (anybody but the target and Okta's support), self (the target) and support
    /// (Okta's): what others did is recorded as excepted. Null for the default, which is everybody, but for resets of factors everybody
    /// except the owner of the account.
    /// </summary>
    public IReadOnlyList<ActorKind>? AlertOn { get; init; }

    /// <summary>What to do about its alerts.</summary>
    public required TriageGuide TriageGuide { get; init; }

    /// <summary>Where to read on.</summary>
    public required IReadOnlyList<string> References { get; init; }

    internal RuleIdentity Identity => new(Id, Name, Version);

    internal bool AlertsOn(ActorKind kind, string? eventType) =>
        AlertOn?.Contains(kind) ?? (kind != ActorKind.Self || !FactorResets.Include(eventType));
}

/// <summary>How many log events about one target make an alert together.</summary>
/// <param name="AtLeast">From 2 on.</param>
/// <param name="Within">How far apart they may be, by the time at which they happened; those of one transaction may be further.</param>
internal sealed record Burst(int AtLeast, TimeSpan Within);

/// <summary>A technique of MITRE ATT&amp;CK that the rule watches for.</summary>
internal sealed record Threat(string TacticId, string Tactic, string TechniqueId, string Technique, string? SubtechniqueId, string? Subtechnique);

/// <summary>What to do about an alert, step by step.</summary>
/// <param name="Investigate">What to find out first.</param>
/// <param name="FalsePositives">When it is harmless.</param>
/// <param name="Respond">What to do if it is not.</param>
internal sealed record TriageGuide(
    IReadOnlyList<string> Investigate, IReadOnlyList<string> FalsePositives, IReadOnlyList<string> Respond);

/// <summary>The rules, in force or not, for whoever wants to read them.</summary>
internal sealed class RuleBook(IReadOnlyList<Rule> rules)
{
    public IReadOnlyList<Rule> All { get; } = rules;

    public Rule? Find(string id) => All.FirstOrDefault(rule => string.Equals(rule.Id, id, StringComparison.OrdinalIgnoreCase));
}
