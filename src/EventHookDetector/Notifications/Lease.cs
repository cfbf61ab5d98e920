using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>The time for which one worker owns a notification. If that worker dies, the claim runs out and another takes over.</summary>
internal static class Lease
{
    // Of the rows in the index of the queue.
    private const string Free = "notifier = @Notifier AND state = 'pending' AND (lease_until IS NULL OR lease_until <= @Now)";

    private const string Due = $"{Free} AND due_at <= @Now AND NOT EXISTS (SELECT 1 FROM notifier_states WHERE notifier = @Notifier AND held_until IS NOT NULL)";

    /// <summary>Claims what is due: the most urgent first, of those the newest; and beside them the oldest, so that nothing starves.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="notifier">The notifier's name.</param>
    /// <param name="urgent">How many by urgency.</param>
    /// <param name="oldest">How many by age.</param>
    /// <param name="length">How long the claim lasts.</param>
    /// <returns>Each notification goes to exactly one caller. None while the channel is held.</returns>
    public static Task<IReadOnlyList<LeasedNotification>> ClaimAsync(
        DetectorTransaction transaction, string notifier, int urgent, int oldest, TimeSpan length) =>
        ClaimAsync(transaction, ClaimSql(transaction.SkipLocked), notifier, [urgent, oldest], length);

    /// <summary>Claims the one that may try a channel which is held.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="notifier">The notifier's name.</param>
    /// <param name="isAnother">Takes the one with the fewest attempts instead of the most urgent.</param>
    /// <param name="length">How long the claim lasts.</param>
    public static Task<IReadOnlyList<LeasedNotification>> ClaimProbeAsync(DetectorTransaction transaction, string notifier, bool isAnother, TimeSpan length) =>
        ClaimAsync(transaction, ProbeSql(isAnother, transaction.SkipLocked), notifier, [1], length);

    internal static string ClaimSql(string skipLocked) =>
        $"""
        WITH urgent AS MATERIALIZED (
            SELECT id FROM notifications WHERE {Due} ORDER BY urgency DESC, id DESC LIMIT @Urgent {skipLocked}),
        oldest AS MATERIALIZED (
            SELECT id FROM notifications WHERE {Due} ORDER BY id LIMIT @Oldest {skipLocked})
        {Claim("SELECT id FROM urgent UNION ALL SELECT id FROM oldest")}
        """;

    // What has failed with the channel waits for the channel, so its own due time does not count here.
    internal static string ProbeSql(bool isAnother, string skipLocked) =>
        $"""
        WITH probe AS MATERIALIZED (
            SELECT id FROM notifications WHERE {Free} AND (due_at <= @Now OR attempts > 0) ORDER BY {(isAnother ? "attempts, id DESC" : "urgency DESC, id DESC")} LIMIT @Limit {skipLocked})
        {Claim("SELECT id FROM probe")}
        """;

    // A notification that is first tried when its day is nearly over, for it waited behind others, gets a day of attempts.
    private static string Claim(string ids) =>
        $"""
        UPDATE notifications
        SET lease = @Lease, lease_until = @Until, attempts = attempts + 1, last_attempt_at = @Now,
            give_up_at = CASE WHEN attempts = 0 AND give_up_at < @Soon THEN @GiveUpAt ELSE give_up_at END
        WHERE id IN ({ids})
        RETURNING id, kind, subject, urgency, attempts, give_up_at, lease, traceparent
        """;

    private static async Task<IReadOnlyList<LeasedNotification>> ClaimAsync(
        DetectorTransaction transaction, string sql, string notifier, int[] limits, TimeSpan length)
    {
        var now = transaction.Now;
        var claimed = await transaction.QueryAsync<LeasedNotification>(
            sql,
            [notifier, now, .. limits.Cast<object>(), Guid.CreateVersion7(now).ToString(), now + length, now + TimeSpan.FromHours(1), now + RetrySchedule.GiveUpAfter]);
        return [.. claimed.OrderByDescending(notification => notification.Urgency).ThenByDescending(notification => notification.Id, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Asks the database once more, immediately before sending. Meanwhile the process may have been frozen, or the channel may have asked
    /// another replica to be quiet.
    /// </summary>
    public static async Task<ClaimCheck> CheckAsync(Database database, string notifier, LeasedNotification notification, DateTimeOffset now)
    {
        await using var connection = await database.OpenForReadingAsync(CancellationToken.None);
        return (ClaimCheck)await connection.ExecuteScalarAsync<int>(
            """
            SELECT CASE
                WHEN NOT EXISTS (SELECT 1 FROM notifications WHERE id = @Id AND lease = @Lease AND state = 'pending' AND lease_until > @Now) THEN 1
                WHEN EXISTS (SELECT 1 FROM notifier_states WHERE notifier = @Notifier AND held_until IS NOT NULL) THEN 2
                ELSE 0 END
            """,
            new { notification.Id, notification.Lease, Now = now, Notifier = notifier });
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

    /// <summary>Ends a claim that was not used; the attempt does not count.</summary>
    public static Task<int> ReleaseAsync(DetectorTransaction transaction, LeasedNotification notification) =>
        transaction.ExecuteAsync(
            "UPDATE notifications SET attempts = attempts - 1, lease = NULL, lease_until = NULL WHERE id = @Id AND lease = @Lease",
            notification.Id, notification.Lease);
}

/// <summary>Result of the check of a claim before its use.</summary>
internal enum ClaimCheck
{
    /// <summary>The worker still owns the notification, and the channel may be used.</summary>
    Good,

    /// <summary>The claim ran out; another worker may have sent the notification.</summary>
    Lost,

    /// <summary>The channel is held back.</summary>
    Held,
}

/// <summary>A notification that one worker owns for a while.</summary>
internal sealed record LeasedNotification
{
    public required string Id { get; init; }

    /// <summary>As text: what a later version wrote must not stop the claim, and with it everybody else's notifications.</summary>
    public required string Kind { get; init; }

    public required string Subject { get; init; }

    public required long Urgency { get; init; }

    public required long Attempts { get; init; }

    public required DateTimeOffset GiveUpAt { get; init; }

    public required string Lease { get; init; }

    /// <summary>The trace in which it was written; null if nobody recorded one.</summary>
    public string? Traceparent { get; init; }
}
