using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>
/// The time for which one worker owns a notification. Whoever claims it has it alone; if that worker dies, the lease runs
/// out and somebody else takes over.
/// </summary>
internal static class Lease
{
    /// <summary>Takes what is due, oldest first; each notification goes to exactly one caller.</summary>
    public static async Task<IReadOnlyList<LeasedNotification>> ClaimAsync(
        DetectorTransaction transaction, string notifier, int limit, TimeSpan length)
    {
        var claimed = await transaction.QueryAsync<LeasedNotification>(
            $"""
            WITH due AS MATERIALIZED (
                SELECT id FROM notifications
                WHERE notifier = @Notifier AND state = 'pending' AND due_at <= @Now AND (lease_until IS NULL OR lease_until <= @Now)
                ORDER BY due_at LIMIT @Limit {transaction.SkipLocked})
            UPDATE notifications
            SET lease = @Lease, lease_until = @Until, attempts = attempts + 1, last_attempt_at = @Now
            WHERE id IN (SELECT id FROM due)
            RETURNING id, kind, subject, attempts, give_up_at, lease, traceparent
            """,
            notifier, transaction.Now, limit, Guid.CreateVersion7(transaction.Now).ToString(), transaction.Now + length);
        return [.. claimed.OrderBy(notification => notification.Id, StringComparer.Ordinal)];
    }

    public static Task<int> EndAsSentAsync(DetectorTransaction transaction, LeasedNotification notification, string answer) =>
        transaction.ExecuteAsync(
            """
            UPDATE notifications
            SET state = 'sent', sent_at = @Now, answer = @Answer, last_error = NULL, lease = NULL, lease_until = NULL
            WHERE id = @Id AND lease = @Lease
            """,
            transaction.Now, answer, notification.Id, notification.Lease);

    public static Task<int> EndAsAbandonedAsync(DetectorTransaction transaction, LeasedNotification notification, string error) =>
        transaction.ExecuteAsync(
            """
            UPDATE notifications
            SET state = 'abandoned', last_error = @Error, lease = NULL, lease_until = NULL
            WHERE id = @Id AND lease = @Lease
            """,
            error, notification.Id, notification.Lease);

    public static Task<int> PutOffAsync(DetectorTransaction transaction, LeasedNotification notification, string error, DateTimeOffset until) =>
        transaction.ExecuteAsync(
            """
            UPDATE notifications
            SET due_at = @DueAt, last_error = @Error, lease = NULL, lease_until = NULL
            WHERE id = @Id AND lease = @Lease
            """,
            until, error, notification.Id, notification.Lease);
}

/// <summary>A notification that one worker owns for a while.</summary>
internal sealed record LeasedNotification
{
    public required string Id { get; init; }

    /// <summary>As text: what a later version wrote must not stop the claim, and with it everybody else's notifications.</summary>
    public required string Kind { get; init; }

    public required string Subject { get; init; }

    public required long Attempts { get; init; }

    public required DateTimeOffset GiveUpAt { get; init; }

    public required string Lease { get; init; }

    /// <summary>The trace in which it was written; null if nobody recorded one.</summary>
    public string? Traceparent { get; init; }
}
