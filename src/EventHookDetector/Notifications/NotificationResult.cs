namespace EventHookDetector.Notifications;

/// <summary>The three answers a channel can give.</summary>
/// <param name="Answer">What it said, in a line that an operator can act on. It never holds a credential.</param>
internal abstract record NotificationResult(string Answer)
{
    /// <summary>The channel took it.</summary>
    public sealed record Sent(string Answer) : NotificationResult(Answer);

    /// <summary>It did not, but may later: not before <paramref name="After"/> has passed, if it said so. That holds back the whole channel.</summary>
    public sealed record Retry(string Answer, TimeSpan? After = null) : NotificationResult(Answer);

    /// <summary>It will never take this; trying again would change nothing.</summary>
    public sealed record GiveUp(string Answer) : NotificationResult(Answer);
}
