using System.Threading.Channels;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Notifications;

/// <summary>
/// What is still to be told. A notification is written in the transaction of what it is about, so neither can exist without
/// the other, and a crash between the two is impossible.
/// </summary>
internal sealed class Outbox
{
    public const string Pending = "pending", Sent = "sent", Abandoned = "abandoned";

    private readonly (INotifier Notifier, Channel<bool> News)[] _lanes;

    public Outbox(Notifiers notifiers)
    {
        _lanes = [.. notifiers.All.Select(notifier => (notifier, Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite })))];
        foreach (var notifier in notifiers.All)
            Telemetry.Expect(notifier.Name, [nameof(NotificationResult.Sent), nameof(NotificationResult.Retry), nameof(NotificationResult.GiveUp)]);
    }

    /// <summary>Adds one notification for each notifier that wants it.</summary>
    /// <param name="transaction">The transaction of what it is about.</param>
    /// <param name="kind">The kind of notification.</param>
    /// <param name="subject">What it is about: an alert's or an exception item's id, or a window (see <see cref="DigestSubject"/>).</param>
    /// <param name="urgency">The more urgent is sent first.</param>
    /// <param name="isWantedBy">Which notifiers get it.</param>
    /// <param name="dueAt">When it is sent first; null for at once.</param>
    public async Task AddAsync(
        DetectorTransaction transaction, NoticeKind kind, string subject, AlertSeverity urgency, Func<NotifierOptions, bool> isWantedBy, DateTimeOffset? dueAt = null)
    {
        foreach (var (notifier, _) in _lanes.Where(lane => isWantedBy(lane.Notifier.Options)))
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO notifications (id, kind, subject, notifier, state, urgency, attempts, created_at, due_at, give_up_at, traceparent)
                VALUES (@Id, @Kind, @Subject, @Notifier, 'pending', @Urgency, 0, @Now, @DueAt, @GiveUpAt, @Traceparent)
                """,
                Guid.CreateVersion7(transaction.Now).ToString(), kind.ToString(), subject, notifier.Name,
                (int)urgency, transaction.Now, dueAt ?? transaction.Now, transaction.Now + RetrySchedule.GiveUpAfter, Traces.Traceparent);
        }

        // The workers look every second in any case; this saves them, and the human, the second.
        transaction.AfterCommit(WakeAll);
    }

    /// <summary>Makes one due again that is not sent and that nobody has under lease.</summary>
    public async Task<bool> TryReviveAsync(DetectorTransaction transaction, string id)
    {
        var revived = await transaction.ExecuteAsync(
            """
            UPDATE notifications SET state = 'pending', due_at = @Now, give_up_at = @GiveUpAt, lease = NULL, lease_until = NULL
            WHERE id = @Id AND state <> 'sent' AND (lease_until IS NULL OR lease_until <= @Now)
            """,
            transaction.Now, transaction.Now + RetrySchedule.GiveUpAfter, id);
        transaction.AfterCommit(WakeAll);
        return revived == 1;
    }

    /// <summary>Abandons notifications that are long past their day and have no notifier that could do so.</summary>
    public static Task<int> AbandonOrphansAsync(DetectorTransaction transaction, IReadOnlyList<string> configured)
    {
        var where = new Where()
            .And("state = 'pending'")
            .And("give_up_at <= @LongPast", "LongPast", transaction.Now - TimeSpan.FromMinutes(10))
            .And("(lease_until IS NULL OR lease_until <= @Now)", "Now", transaction.Now)
            .AndNotIn("notifier", configured);
        return transaction.ExecuteAsync(
            $"UPDATE notifications SET state = 'abandoned', last_error = COALESCE(last_error, 'No notifier of this name was configured.') {where}", where);
    }

    /// <summary>Abandons some of those that have waited for a day behind a channel that has been down for as long.</summary>
    public static Task<int> AbandonWaitingAsync(DetectorTransaction transaction, string notifier, string error) => transaction.ExecuteAsync(
        $"""
        UPDATE notifications SET state = 'abandoned', last_error = COALESCE(last_error, @Error)
        WHERE id IN (
            SELECT id FROM notifications
            WHERE notifier = @Notifier AND state = 'pending' AND give_up_at <= @Now AND (lease_until IS NULL OR lease_until <= @Now)
            ORDER BY id LIMIT 200 {transaction.SkipLocked})
        """,
        error, notifier, transaction.Now);

    /// <summary>Together with what they are about.</summary>
    public static Task<int> RemoveAboutAsync(DetectorTransaction transaction, IReadOnlyList<string> subjects)
    {
        var where = new Where().AndIn("subject", subjects);
        return transaction.ExecuteAsync($"DELETE FROM notifications {where}", where);
    }

    /// <summary>A channel's answer may repeat what was sent to it.</summary>
    public static async Task<int> ForgetAnswersAboutAsync(DetectorTransaction transaction, IReadOnlyList<string> subjects)
    {
        await transaction.ExecuteAsync("UPDATE notifier_states SET last_error = NULL WHERE last_error IS NOT NULL");
        var where = new Where().AndIn("subject", subjects);
        return await transaction.ExecuteAsync($"UPDATE notifications SET answer = NULL, last_error = NULL {where}", where);
    }

    public void WakeAll() => Array.ForEach(_lanes, lane => lane.News.Writer.TryWrite(true));

    /// <summary>Returns when there may be something to send, after <paramref name="atMost"/> at the latest.</summary>
    public async Task WaitForNewsAsync(string notifier, TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        var news = _lanes.First(lane => lane.Notifier.Name == notifier).News.Reader;
        using var limit = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // The token ends the read itself: a read that is only abandoned would take the next news, and the lane would not wake.
            await news.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look for retries that have become due, and for claims that a crash has left.
        }
    }
}

[Migration(202611240004, "The outbox")]
public sealed class CreateNotifications : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE notifications (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            notifier TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            created_at {time} NOT NULL,
            due_at {time} NOT NULL,
            give_up_at {time} NOT NULL,
            lease TEXT NULL,
            lease_until {time} NULL,
            last_attempt_at {time} NULL,
            last_error TEXT NULL,
            answer TEXT NULL,
            sent_at {time} NULL
        );
        CREATE INDEX notifications_due ON notifications (notifier, due_at) WHERE state = 'pending';
        CREATE INDEX notifications_subject ON notifications (subject)
        """;
}

[Migration(202611240120, "The trace in which a notification was written")]
public sealed class AddNotificationTrace : SqlMigration
{
    // Of whoever wrote it, so that the attempts to send it, later and elsewhere, lead back to the delivery.
    protected override string Sql => "ALTER TABLE notifications ADD COLUMN traceparent TEXT NULL";
}
