using EventHookDetector.Alerts;
using EventHookDetector.Storage;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Notifications;

/// <summary>
/// Looks every second for what has become due to be told without anything arriving: the digest of a window that has closed
/// with capped alerts, the one reminder of an alert that nobody has taken up, the end of an exception item that is near, and what
/// only waits because the clock was set back.
/// </summary>
internal sealed partial class OwedNotices(
    SharedCommit commit, Database database, Outbox outbox, Notifiers notifiers, IOptions<AlertsOptions> options, TimeProvider clock,
    ILogger<OwedNotices> logger) : BackgroundService
{
    /// <summary>A log event received in the window's last moment may be committed a little after it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SetBackClock _setBackClock = new(commit, database, clock);

    public async Task AddToOutboxAsync(CancellationToken cancellationToken)
    {
        await AddDigestsAsync(clock.GetUtcNow() - Grace, cancellationToken);
        if (notifiers.All.Any(notifier => notifier.Options.Reminders))
            await AddRemindersAsync(clock.GetUtcNow() - options.Value.RemindAfter, cancellationToken);
        await AddEndingsAsync(clock.GetUtcNow(), cancellationToken);
        await _setBackClock.EndWaitsAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                await AddToOutboxAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.RoundFailed(logger, fault);
            }
        }
    }

    private async Task AddDigestsAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        if (!await AlertWindows.IsAnyOwedAsync(database, endedBefore, cancellationToken)) return;

        await commit.RunAsync(
            async transaction =>
            {
                var closed = await AlertWindows.CloseAsync(transaction, endedBefore);
                foreach (var window in closed)
                    await outbox.AddAsync(transaction, NoticeKind.Digest, DigestSubject.Of(window).ToString(), AlertSeverity.High, _ => true);
                return closed.Count;
            },
            cancellationToken);
    }

    private async Task AddRemindersAsync(DateTimeOffset receivedBefore, CancellationToken cancellationToken)
    {
        if (!await AlertReminders.IsAnyOwedAsync(database, receivedBefore, cancellationToken)) return;

        await commit.RunAsync(
            async transaction =>
            {
                var alerts = await AlertReminders.TakeAsync(transaction, receivedBefore);
                foreach (var alert in alerts)
                    await outbox.AddAsync(transaction, NoticeKind.Reminder, alert, AlertSeverity.High, notifier => notifier.Reminders);
                return alerts.Count;
            },
            cancellationToken);
    }

    private async Task AddEndingsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await ExceptionItemEndings.IsAnyOwedAsync(database, now, cancellationToken)) return;

        await commit.RunAsync(
            async transaction =>
            {
                var items = await ExceptionItemEndings.TakeAsync(transaction);
                foreach (var item in items)
                    await outbox.AddAsync(transaction, NoticeKind.ExceptionItemEnding, item, AlertSeverity.Low, _ => true);
                return items.Count;
            },
            cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Looking for digests, reminders and announcements that are due failed; the next look is in a second")]
        public static partial void RoundFailed(ILogger logger, Exception fault);
    }
}
