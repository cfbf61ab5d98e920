namespace EventHookDetector.Detection;

/// <summary>How a log event's story ended.</summary>
/// <param name="Outcome">The end.</param>
/// <param name="Because">Why, in words for an operator, where the outcome alone does not say it.</param>
internal sealed record DetectionResult(DetectionOutcome Outcome, string? Because = null)
{
    /// <summary>Ids of the alerts into which the log event was merged: one for each account whose reset it is part of.</summary>
    public IReadOnlyList<string> AlertIds { get; init; } = [];
}

/// <summary>The ends a log event's story can have.</summary>
internal enum DetectionOutcome
{
    /// <summary>It could not be read; it is kept in the quarantine.</summary>
    Invalid,

    /// <summary>No rule matches it, or one that needs several log events, and this is the first.</summary>
    NotMatched,

    /// <summary>It was seen before; Okta delivers at least once.</summary>
    Duplicate,

    /// <summary>It is part of a reset that has its alert already, and is kept with that.</summary>
    Merged,

    /// <summary>An exception item covers it, or its rule does not alert on such actors. It is recorded with the reason.</summary>
    Excepted,

    /// <summary>It was announced. It is recorded with the ticket.</summary>
    Expected,

    /// <summary>It matched, but its window was full. It is recorded, and told in the window's digest.</summary>
    Capped,

    /// <summary>It matched; the alert is stored, and one notification for each notifier that wants it (Outcomes).</summary>
    Alerted,
}
