namespace EventHookDetector.Notifications;

/// <summary>When to try again: soon at first, for most troubles are short, then ever more rarely, for a day.</summary>
internal static class RetrySchedule
{
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    /// <summary>Pause of a channel that answers 429 without a time.</summary>
    public static readonly TimeSpan QuietAfterTooMany = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <param name="attempts">How many were made so far, from 1 on.</param>
    /// <param name="askedFor">What the channel asked for (Retry-After); it is kept, up to a quarter of an hour.</param>
    /// <param name="jitter">From 0 to 1, by chance, so that what failed together does not come back together.</param>
    public static TimeSpan DelayAfter(int attempts, TimeSpan? askedFor, double jitter)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempts - 1, 20));
        var delay = (doubled < Longest ? doubled : Longest) * (0.8 + (0.4 * jitter));
        return askedFor is not { } asked || asked <= TimeSpan.Zero ? delay
            : asked < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1)
            : asked < NotifierState.LongestQuiet ? asked : NotifierState.LongestQuiet;
    }
}
