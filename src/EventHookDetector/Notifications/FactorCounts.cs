namespace EventHookDetector.Notifications;

/// <summary>Factors in words. Two of one name are two: a user may have the same app on two devices.</summary>
internal static class FactorCounts
{
    /// <returns>Such as "2 MFA factors"; where names do not show how many, with them: "2 MFA factors (OKTA_VERIFY_PUSH twice)".</returns>
    public static string Sum(IReadOnlyList<string> factors)
    {
        if (factors.Count == 1) return "An MFA factor";

        var hasRepeats = factors.Distinct(StringComparer.Ordinal).Count() < factors.Count;
        return hasRepeats ? $"{factors.Count} MFA factors ({List(factors)})" : $"{factors.Count} MFA factors";
    }

    /// <returns>Each name once, with how often where it is more: "OKTA_VERIFY_PUSH twice, GOOGLE_OTP".</returns>
    public static string List(IEnumerable<string> factors) => string.Join(", ", factors
        .CountBy(factor => factor, StringComparer.Ordinal)
        .Select(counted => counted.Value switch
        {
            1 => counted.Key,
            2 => $"{counted.Key} twice",
            var times => $"{counted.Key} {times} times",
        }));
}
