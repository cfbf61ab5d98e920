namespace EventHookDetector.Okta;

/// <summary>The event types by which Okta says that somebody's MFA factors were reset.</summary>
internal static class FactorResets
{
    /// <summary>All factors at once.</summary>
    public const string All = "user.mfa.factor.reset_all";

    /// <summary>One factor; on Identity Engine a reset of all shows as several of these.</summary>
    public const string One = "user.mfa.factor.deactivate";

    public static bool Include(string? eventType) => eventType is All or One;
}
