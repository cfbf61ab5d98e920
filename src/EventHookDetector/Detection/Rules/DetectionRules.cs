using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Detection.Rules;

/// <summary>The rules in force, and which of them a log event matches.</summary>
internal sealed class DetectionRules
{
    public DetectionRules(IOptions<DetectionOptions> options)
    {
        All = [FactorResetRule.Create(options.Value)];
        WantedEventTypes = new WantedEventTypes(All.SelectMany(rule => rule.EventTypes));
    }

    public IReadOnlyList<Rule> All { get; }

    /// <summary>What a log event must be of for any rule to have an interest in it.</summary>
    public WantedEventTypes WantedEventTypes { get; }

    public Rule? FirstMatching(LogEvent logEvent) =>
        All.FirstOrDefault(rule => rule.EventTypes.Contains(logEvent.EventType, StringComparer.Ordinal));
}
