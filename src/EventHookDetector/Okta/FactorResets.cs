namespace EventHookDetector.Okta;

/// <summary>The event types by which Okta says that somebody's MFA factors were reset.</summary>
internal static class FactorResets
{
    public static bool Include(string? eventType) => eventType is "user.mfa.factor.reset_all" or "user.mfa.factor.deactivate";
}
