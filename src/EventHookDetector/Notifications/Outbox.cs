using System.Threading.Channels;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Notifications;

/// <summary>
/// What is still to be told. A notification is written in the transaction of what it is about, so neither can exist without
/// the other, and a crash between the two is impossible.
/// </summary>
internal sealed class Outbox
{
    private readonly (string Notifier, Channel<bool> News)[] _lanes;

    public Outbox(Notifiers notifiers) => _lanes =
        [.. notifiers.All.Select(notifier => (notifier.Name, Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite })))];

    /// <summary>One notification for each notifier.</summary>
    /// <param name="subject">What it is about: an alert's id, or a window (see <see cref="DigestSubject"/>).</param>
    public async Task AddAsync(DetectorTransaction transaction, NoticeKind kind, string subject, CancellationToken cancellationToken)
    {
        if (_lanes.Length == 0) return;

        foreach (var (notifier, _) in _lanes)
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO notifications (id, kind, subject, notifier, state, attempts, created_at, due_at, give_up_at)
                VALUES (@Id, @Kind, @Subject, @Notifier, 'pending', 0, @Now, @Now, @GiveUpAt)
                """,
                cancellationToken,
                Guid.CreateVersion7(transaction.Now).ToString(), kind.ToString(), subject, notifier,
                transaction.Now, transaction.Now + RetrySchedule.GiveUpAfter);
        }

        // The workers look every second in any case; this saves them, and the human, the second.
        transaction.AfterCommit(WakeAll);
    }

    public void WakeAll() => Array.ForEach(_lanes, lane => lane.News.Writer.TryWrite(true));

    /// <summary>Returns when there may be something to send, after <paramref name="atMost"/> at the latest.</summary>
    public async Task WaitForNewsAsync(string notifier, TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        var news = _lanes.First(lane => lane.Notifier == notifier).News.Reader;
        try
        {
            await news.ReadAsync(cancellationToken).AsTask().WaitAsync(atMost, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Time to look for what was put off until now, and for what another replica left behind.
        }
    }
}

[Migration(202611240004, "The outbox")]
public sealed class CreateNotifications : ForwardOnlyMigration
{
    public override void Up() => Execute.Sql(
        """
        CREATE TABLE notifications (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            notifier TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            give_up_at INTEGER NOT NULL,
            lease TEXT NULL,
            lease_until INTEGER NULL,
            last_attempt_at INTEGER NULL,
            last_error TEXT NULL,
            answer TEXT NULL,
            sent_at INTEGER NULL
        );
        CREATE INDEX notifications_due ON notifications (notifier, due_at) WHERE state = 'pending';
        CREATE INDEX notifications_subject ON notifications (subject)
        """);
}
