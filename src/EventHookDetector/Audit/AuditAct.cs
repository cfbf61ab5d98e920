namespace EventHookDetector.Audit;

/// <summary>The words for what is written down in the audit. Who adds a route that changes something adds its word here.</summary>
internal static class AuditAct
{
    public const string AlertAcknowledged = "alert.acknowledged";
    public const string AlertNoted = "alert.noted";
    public const string AlertClosed = "alert.closed";

    /// <summary>The detector's own: what matched was withheld, by an exception item or by its rule.</summary>
    public const string AlertExcepted = "alert.excepted";

    /// <summary>The detector's own: what matched was withheld, for it had been announced.</summary>
    public const string AlertExpected = "alert.expected";

    public const string ExceptionCreated = "exception.created";
    public const string ExceptionChanged = "exception.changed";
    public const string ExceptionEnded = "exception.ended";
    public const string ExpectedResetAnnounced = "expectedReset.announced";
    public const string ExpectedResetWithdrawn = "expectedReset.withdrawn";
    public const string NotificationRetried = "notification.retried";
    public const string NotifierTested = "notifier.tested";
    public const string QuarantineReplayed = "quarantine.replayed";
    public const string KeyCreated = "apiKey.created";
    public const string KeyRevoked = "apiKey.revoked";
    public const string PersonBlanked = "person.blanked";

    public static readonly IReadOnlyList<string> All =
        [.. typeof(AuditAct).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
}
