using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Detection.Rules;

/// <summary>The rules that are in force.</summary>
internal sealed class DetectionRules
{
    public DetectionRules(IOptions<DetectionOptions> options)
    {
        All = [FactorResetRule.Create(options.Value)];
        WantedEventTypes = new WantedEventTypes(All.SelectMany(rule => rule.EventTypes));
    }

    public IReadOnlyList<DetectionRule> All { get; }

    /// <summary>What a log event must be of for any rule to have an interest in it.</summary>
    public WantedEventTypes WantedEventTypes { get; }

    public IReadOnlyDictionary<string, TriageGuide> Guides =>
        All.ToDictionary(rule => rule.Id, rule => rule.TriageGuide, StringComparer.OrdinalIgnoreCase);

    public DetectionRule? Find(string id) => All.FirstOrDefault(rule => string.Equals(rule.Id, id, StringComparison.OrdinalIgnoreCase));

    public DetectionRule? FirstMatching(LogEvent logEvent)
    {
        foreach (var rule in All)
        {
            if (rule.Matches(logEvent)) return rule;
        }

        return null;
    }
}
