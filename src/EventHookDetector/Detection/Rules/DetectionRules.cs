using System.Collections.Frozen;
using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Detection.Rules;

/// <summary>The rules in force, and which of them a log event matches.</summary>
internal sealed class DetectionRules
{
    private readonly IReadOnlyList<DetectionRule> _rules;
    private readonly DetectionRule[] _inForce;
    private readonly FrozenDictionary<string, DetectionRule[]> _byEventType;

    public DetectionRules(IOptions<DetectionOptions> options)
        : this(RuleFiles.With(options.Value.RulesPath), options.Value)
    {
    }

    private DetectionRules(RuleFiles files, DetectionOptions options)
        : this([.. files.Rules.Select(rule => rule with { Rule = Configured(rule.Rule, options) })], files.Faults, rule => rule.Enabled)
    {
    }

    private DetectionRules(IReadOnlyList<DetectionRule> rules, IReadOnlyList<RuleFault> faults, Func<Rule, bool> isInForce)
    {
        _rules = rules;
        Faults = faults;

        // A log event is told once: rather by a rule that does not wait for more, then by the one to which it matters most; of
        // equals by an operator's own.
        _inForce = [.. _rules.Where(rule => isInForce(rule.Rule))
            .OrderBy(rule => rule.Rule.Burst?.AtLeast ?? 1).ThenByDescending(rule => rule.Rule.RiskScore)];
        // Each rule names its types: RuleFile refuses one that could match any.
        _byEventType = _inForce
            .SelectMany(rule => rule.Rule.EventTypes.Select(eventType => (EventType: eventType, Rule: rule)))
            .GroupBy(asked => asked.EventType, asked => asked.Rule, StringComparer.Ordinal)
            .ToFrozenDictionary(asked => asked.Key, asked => asked.ToArray(), StringComparer.Ordinal);
        WantedEventTypes = new WantedEventTypes(_byEventType.Keys);
    }

    /// <summary>Those that are switched off too.</summary>
    public IReadOnlyList<Rule> All => [.. _rules.Select(rule => rule.Rule)];

    public IReadOnlyList<Rule> InForce => [.. _inForce.Select(rule => rule.Rule)];

    /// <summary>What is wrong with the files that could not be used.</summary>
    public IReadOnlyList<RuleFault> Faults { get; }

    /// <summary>Warnings about the queries of the rules, with the rule's id: allowed and probably not meant.</summary>
    public IEnumerable<(string RuleId, string Warning)> Warnings =>
        _rules.SelectMany(rule => rule.Warnings.Select(warning => (rule.Rule.Id, warning)));

    /// <summary>What a log event must be of for any rule to have an interest in it.</summary>
    public WantedEventTypes WantedEventTypes { get; }

    /// <summary>With this rule alone in force, be it switched on or not: to try it.</summary>
    public DetectionRules With(Rule only) => new(_rules, Faults, rule => rule.Id == only.Id);

    /// <returns>
    /// Of those it matches, the first that alerts on whoever did it, so that no rule silences another; where none does, the first.
    /// </returns>
    public Rule? FirstMatching(LogEvent logEvent)
    {
        Rule? silent = null;
        foreach (var rule in RulesFor(logEvent.EventType))
        {
            if (!Matches(rule, logEvent)) continue;
            if (rule.Rule.AlertsOn(logEvent.Fields.ActorKind(), logEvent.EventType)) return rule.Rule;

            silent ??= rule.Rule;
        }

        return silent;
    }

    // A query such as "not okta.target.id:a" matches a log event about a and b for the sake of b.
    private static bool Matches(DetectionRule rule, LogEvent logEvent) => rule.Query.Matches(logEvent)
        || (logEvent.Fields.TargetUsers.Count > 1 && logEvent.PerAccount.Any(rule.Query.Matches));

    // Of one whose type was not read, the queries themselves look for it.
    private DetectionRule[] RulesFor(string? eventType) =>
        eventType is null ? _inForce : _byEventType.GetValueOrDefault(eventType, []);

    private static Rule Configured(Rule rule, DetectionOptions options) => rule with
    {
        Window = options.Window ?? rule.Window,
        MaxAlerts = options.MaxAlerts ?? rule.MaxAlerts,
        Enabled = rule.Enabled || options.Rules.Contains(rule.Id, StringComparer.OrdinalIgnoreCase),
    };
}
