using EventHookDetector.Alerts;
using EventHookDetector.Okta;

namespace EventHookDetector.Detection.Rules;

/// <summary>What to look for, how much it matters, and what to do when it is found.</summary>
internal sealed record DetectionRule
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    public required string Description { get; init; }

    public required AlertSeverity Severity { get; init; }

    /// <summary>From 0 to 100, on Elastic's scale: 21 low, 47 medium, 73 high, 99 critical.</summary>
    public required int RiskScore { get; init; }

    /// <summary>The condition in words that Elastic's users know (KQL).</summary>
    public required string Query { get; init; }

    /// <summary>The event types that can satisfy the query. No other log event is looked at.</summary>
    public required IReadOnlyList<string> EventTypes { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required IReadOnlyList<Threat> Threat { get; init; }

    /// <summary>The length of its windows.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>How many alerts it may raise in one window.</summary>
    public required int MaxAlerts { get; init; }

    public required TriageGuide TriageGuide { get; init; }

    public required IReadOnlyList<string> References { get; init; }

    public RuleIdentity Identity => new(Id, Name, Version);

    public bool Matches(LogEvent logEvent) => logEvent.EventType is { } type && EventTypes.Contains(type, StringComparer.Ordinal);
}

/// <summary>A technique of MITRE ATT&amp;CK that the rule watches for.</summary>
internal sealed record Threat(string TacticId, string Tactic, string TechniqueId, string Technique, string? SubtechniqueId, string? Subtechnique);
