using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Detection.Rules;

/// <summary>The rules in force, and which of them a log event matches.</summary>
internal sealed class DetectionRules
{
    private readonly IReadOnlyList<DetectionRule> _inForce;

    public DetectionRules(IOptions<DetectionOptions> options)
    {
        var files = RuleFiles.With(options.Value.RulesPath);
        var rules = files.Rules.Select(rule => rule with { Rule = Configured(rule.Rule, options.Value) }).ToArray();
        Faults = files.Faults;
        All = [.. rules.Select(rule => rule.Rule)];

        // A log event is told once, by the rule to which it matters most; of equals by an operator's own.
        _inForce = [.. rules.Where(rule => rule.Rule.Enabled).OrderByDescending(rule => rule.Rule.RiskScore)];
        WantedEventTypes = new WantedEventTypes(_inForce.SelectMany(rule => rule.Rule.EventTypes));
    }

    /// <summary>Those that are switched off too.</summary>
    public IReadOnlyList<Rule> All { get; }

    /// <summary>What is wrong with the files that could not be used.</summary>
    public IReadOnlyList<RuleFault> Faults { get; }

    /// <summary>What a log event must be of for any rule to have an interest in it.</summary>
    public WantedEventTypes WantedEventTypes { get; }

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
