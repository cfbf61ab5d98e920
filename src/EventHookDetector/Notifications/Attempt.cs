namespace EventHookDetector.Notifications;

/// <summary>One attempt to send a notification. It ends in time, whatever the channel does.</summary>
internal static class Attempt
{
    /// <returns>The channel's answer, or Retry if it gave none within <see cref="NotifierOptions.Timeout"/>.</returns>
    public static async Task<NotificationResult> AttemptAsync(this INotifier notifier, Notice notice, CancellationToken cancellationToken)
    {
        // A limit on I/O belongs to the real clock, also in a test that turns time by hand.
        using var limit = new CancellationTokenSource(notifier.Options.Timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await notifier.NotifyAsync(notice, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new NotificationResult.Retry($"No answer within {notifier.Options.Timeout.TotalSeconds:0.#} s.");
        }
    }
}
