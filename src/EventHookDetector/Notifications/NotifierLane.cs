using System.Diagnostics;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>
/// One notifier's way through the outbox. Each notifier has its own, so a channel that hangs delays no other channel. A slow attempt
/// delays no other attempt: the next notification is claimed as soon as one attempt ends.
/// </summary>
internal sealed partial class NotifierLane(
    INotifier notifier, Outbox outbox, NoticeComposer composer, SharedCommit commit, Database database, TimeProvider clock, ILogger logger)
{
    private const int MostAtOnce = 16;
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(2);

    private static readonly NotificationResult NothingLeft = new NotificationResult.GiveUp(
        "There was nothing left to tell: what it was about is no longer stored, or somebody has dealt with it.");

    private readonly Pace _pace = new(notifier.Options.PerSecond, clock);
    private readonly HashSet<Task> _underWay = [];
    private long _lastRound = clock.GetTimestamp();

    public string Notifier => notifier.Name;

    /// <summary>For how long it has not got through a round, by the stopwatch: a clock that is set does not stop it.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(_lastRound);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await BeginDueAsync() > 0) continue;

                await WaitAsync(stopping);
                if (_pace.Available() == 0) await Task.Delay(_pace.UntilNext, clock, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                // The database is away: the notifications are safe in it, so wait for it to come back.
                Log.RoundFailed(logger, notifier.Name, fault);
                await Task.Delay(PauseAfterFault, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(_underWay);
    }

    /// <summary>Sends everything that is due, as far as the pace allows, and returns when every attempt has ended.</summary>
    public async Task DispatchDueAsync()
    {
        while (await BeginDueAsync() > 0 || _underWay.Count > 0)
        {
            if (_underWay.Count > 0) await Task.WhenAny(_underWay);
        }
    }

    /// <summary>Begins attempts at what is due, as far as the pace and the attempts under way allow.</summary>
    /// <returns>The number of attempts it began.</returns>
    private async Task<int> BeginDueAsync()
    {
        _underWay.RemoveWhere(attempt => attempt.IsCompleted);
        var limit = Math.Min(_pace.Available(), MostAtOnce - _underWay.Count);
        if (limit == 0 || !await IsAnythingDueAsync())
        {
            _lastRound = clock.GetTimestamp();
            return 0;
        }

        // A little longer than an attempt may take, so that what a crash leaves behind is not left for long.
        var lease = notifier.Options.Timeout + TimeSpan.FromSeconds(10);
        var claimed = await commit.RunAsync(transaction => Lease.ClaimAsync(transaction, notifier.Name, limit, lease), CancellationToken.None);
        _pace.Take(claimed.Count);
        foreach (var notification in claimed) _underWay.Add(AttemptAsync(notification));
        _lastRound = clock.GetTimestamp();
        return claimed.Count;
    }

    /// <summary>Waits until an attempt has ended, if no further one may begin; otherwise for news in the outbox.</summary>
    private async Task WaitAsync(CancellationToken stopping)
    {
        if (_underWay.Count == MostAtOnce)
        {
            await Task.WhenAny(_underWay).WaitAsync(stopping);
            return;
        }

        await outbox.WaitForNewsAsync(notifier.Name, LookAgainAfter, clock, stopping);
    }

    private async Task<bool> IsAnythingDueAsync()
    {
        await using var connection = await database.OpenForReadingAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<bool>(
            """
            SELECT EXISTS (
                SELECT 1 FROM notifications
                WHERE notifier = @Name AND state = 'pending' AND due_at <= @Now AND (lease_until IS NULL OR lease_until <= @Now))
            """,
            new { notifier.Name, Now = clock.GetUtcNow() });
    }

    /// <summary>Never throws: nobody awaits its result.</summary>
    private async Task AttemptAsync(LeasedNotification notification)
    {
        try
        {
            using var activity = Traces.Begin("notification attempt", ActivityKind.Client, () => Traces.LinkTo(notification.Traceparent));
            var result = await SendAsync(notification);
            activity?.SetTag("notifier", notifier.Name).SetTag("notification", notification.Id).SetTag("kind", notification.Kind)
                .SetTag("attempt", notification.Attempts).SetTag("result", result.GetType().Name);
            Telemetry.Attempts.Add((notifier.Name, result.GetType().Name));
            await RecordAsync(notification, result);
            Log.Attempted(logger, notifier.Name, notification.Id, notification.Attempts, result.GetType().Name, result.Answer);
        }
        catch (Exception fault)
        {
            // Its lease runs out, and it is tried again.
            Log.NotRecorded(logger, notifier.Name, notification.Id, fault);
        }
    }

    private async Task<NotificationResult> SendAsync(LeasedNotification notification)
    {
        try
        {
            return await ComposeAndSendAsync(notification);
        }
        catch (Exception fault)
        {
            // A fault about this one notification, and perhaps at every try: noted on it, so that it does not come back at once
            // for ever, takes nobody else's turn, and is abandoned in sight if nothing helps within the day.
            Log.AttemptFailed(logger, notifier.Name, notification.Id, fault);
            return new NotificationResult.Retry($"The detector could not compose or send it ({fault.GetType().Name}); the log says why.");
        }
    }

    private async Task<NotificationResult> ComposeAndSendAsync(LeasedNotification notification)
    {
        if (await composer.ComposeAsync(notification.Id, Enum.Parse<NoticeKind>(notification.Kind), notification.Subject) is not { } notice)
            return NothingLeft;

        var result = await notifier.AttemptAsync(notice, CancellationToken.None);
        Telemetry.FailingNotifiers.Set(notifier.Name, result is NotificationResult.Sent ? 0 : 1);
        if (result is NotificationResult.Sent && notification.Kind == nameof(NoticeKind.Alert) && notice.Data is Alert alert)
            Telemetry.MeasureTelling(notifier.Name, alert.Published, alert.ReceivedAt, clock.GetUtcNow());
        return result;
    }

    private async Task RecordAsync(LeasedNotification notification, NotificationResult result)
    {
        for (var triesLeft = 5; ; triesLeft--)
        {
            try
            {
                var end = await commit.RunAsync(transaction => RecordAsync(transaction, notification, result), CancellationToken.None);
                if (end is not null && result != NothingLeft) Telemetry.Ended.Add((notifier.Name, end));
                return;
            }
            catch (Exception) when (triesLeft > 0)
            {
                // It is told but not yet written down. Try hard: what is forgotten here, somebody hears twice.
                await Task.Delay(PauseAfterFault, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    /// <returns>The word for its end, if this was it.</returns>
    private static async Task<string?> RecordAsync(DetectorTransaction transaction, LeasedNotification notification, NotificationResult result)
    {
        var now = transaction.Now;
        switch (result)
        {
            case NotificationResult.Sent:
                return await Lease.EndAsSentAsync(transaction, notification, result.Answer) == 1 ? Outbox.Sent : null;

            case NotificationResult.Retry retry when now < notification.GiveUpAt:
                // Random.Shared is good enough here: it only has to spread, not to be secret.
                var next = now + RetrySchedule.DelayAfter((int)notification.Attempts, retry.After, Random.Shared.NextDouble());
                await Lease.PutOffAsync(transaction, notification, result.Answer, next < notification.GiveUpAt ? next : notification.GiveUpAt);
                return null;

            default:
                return await Lease.EndAsAbandonedAsync(transaction, notification, result.Answer) == 1 ? Outbox.Abandoned : null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Notifier}: notification {Id}, attempt {Attempt}: {Result}, {Answer}")]
        public static partial void Attempted(ILogger logger, string notifier, string id, long attempt, string result, string answer);

        [LoggerMessage(2, LogLevel.Error, "{Notifier}: a round through the outbox failed; it goes on when the database answers")]
        public static partial void RoundFailed(ILogger logger, string notifier, Exception fault);

        [LoggerMessage(3, LogLevel.Error, "{Notifier}: notification {Id} could not be composed or sent; it is tried again, and the others go on")]
        public static partial void AttemptFailed(ILogger logger, string notifier, string id, Exception fault);

        [LoggerMessage(4, LogLevel.Error, "{Notifier}: the result of notification {Id} could not be written to the database; it is sent again when its lease has run out")]
        public static partial void NotRecorded(ILogger logger, string notifier, string id, Exception fault);
    }
}
