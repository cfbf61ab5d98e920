using System.Text.RegularExpressions;

namespace EventHookDetector.Okta;

/// <summary>Which factor a log event is about, in Okta's word for it.</summary>
internal static partial class FactorNames
{
    /// <returns>Such as OKTA_VERIFY_PUSH, or what the authenticator is called; null for what is not about one factor.</returns>
    public static string? Of(string? eventType, LogEventFields fields)
    {
        if (eventType != FactorResets.One) return null;

        return FactorInReason().Match(fields.Reason ?? "") is { Success: true } match
            ? match.Groups["factor"].Value
            : fields.Targets.FirstOrDefault(IsFactor)?.DisplayName ?? fields.Reason ?? "a factor that Okta does not name";
    }

    private static bool IsFactor(Subject target) => !target.IsUser && target.Type is not ("UserGroup" or "AppInstance" or "AppUser");

    // "User reset OKTA_VERIFY_PUSH factor"; which words stand around it is no contract.
    [GeneratedRegex("(^|\\s)(?<factor>[A-Z][A-Z0-9_]+)\\s+factor", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FactorInReason();
}
