using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Detection.Rules;

/// <summary>The rules in force, and which of them a log event matches.</summary>
internal sealed class DetectionRules
{
    private readonly IReadOnlyList<DetectionRule> _rules;
    private readonly IReadOnlyList<DetectionRule> _inForce;

    public DetectionRules(IOptions<DetectionOptions> options)
    {
        var files = RuleFiles.With(options.Value.RulesPath);
        _rules = [.. files.Rules.Select(rule => rule with { Rule = Configured(rule.Rule, options.Value) })];
        Faults = files.Faults;

        // A log event is told once, by the rule to which it matters most; of equals by an operator's own.
        _inForce = [.. _rules.Where(rule => rule.Rule.Enabled).OrderByDescending(rule => rule.Rule.RiskScore)];
        WantedEventTypes = new WantedEventTypes(_inForce.SelectMany(rule => rule.Rule.EventTypes));
    }

    private DetectionRules(DetectionRules others, string only)
    {
        _rules = others._rules;
        Faults = others.Faults;
        _inForce = [.. _rules.Where(rule => rule.Rule.Id == only)];
        WantedEventTypes = new WantedEventTypes(_inForce.SelectMany(rule => rule.Rule.EventTypes));
    }

    /// <summary>Those that are switched off too.</summary>
    public IReadOnlyList<Rule> All => [.. _rules.Select(rule => rule.Rule)];

    public IReadOnlyList<Rule> InForce => [.. _inForce.Select(rule => rule.Rule)];

    /// <summary>What is wrong with the files that could not be used.</summary>
    public IReadOnlyList<RuleFault> Faults { get; }

    /// <summary>What a log event must be of for any rule to have an interest in it.</summary>
    public WantedEventTypes WantedEventTypes { get; }

    /// <summary>With this rule alone in force, be it switched on or not: to try it.</summary>
    public DetectionRules With(Rule only) => new(this, only.Id);

    public Rule? FirstMatching(LogEvent logEvent)
    {
        foreach (var rule in _inForce)
        {
            if (rule.Query.Matches(logEvent)) return rule.Rule;
        }

        return null;
    }

    private static Rule Configured(Rule rule, DetectionOptions options) => rule with
    {
        Window = options.Window ?? rule.Window,
        MaxAlerts = options.MaxAlerts ?? rule.MaxAlerts,
        Enabled = rule.Enabled || options.Rules.Contains(rule.Id, StringComparer.OrdinalIgnoreCase),
    };
}
