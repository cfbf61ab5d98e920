namespace EventHookDetector.Alerts;

/// <summary>What to do about an alert, step by step.</summary>
/// <param name="Investigate">What to find out first.</param>
/// <param name="FalsePositives">When it is harmless.</param>
/// <param name="Respond">What to do if it is not.</param>
internal sealed record TriageGuide(
    IReadOnlyList<string> Investigate, IReadOnlyList<string> FalsePositives, IReadOnlyList<string> Respond);

/// <summary>The guides of the rules in force, by the rule's id: an alert knows its rule only by name.</summary>
internal sealed class TriageGuides(IReadOnlyDictionary<string, TriageGuide> guides)
{
    public TriageGuide? Find(string ruleId) => guides.GetValueOrDefault(ruleId);
}
