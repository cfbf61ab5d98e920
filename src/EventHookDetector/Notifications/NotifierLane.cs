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
    private const int OneInSoManyIsTheOldest = 4;

    /// <summary>Notifications that may be sent: 0 none, 1 all, 2 all after a failure, 3 one to a channel that is held.</summary>
    internal const string NextSql =
        """
        SELECT CASE
            WHEN state.held_until > @Now THEN 0
            WHEN NOT EXISTS (
                SELECT 1 FROM notifications
                WHERE notifier = @Notifier AND state = 'pending' AND (lease_until IS NULL OR lease_until <= @Now)
                  AND (due_at <= @Now OR (attempts > 0 AND state.held_until IS NOT NULL))) THEN 0
            WHEN state.held_until IS NOT NULL THEN 3
            WHEN state.failures > 0 THEN 2
            ELSE 1 END
        FROM notifier_states AS state WHERE state.notifier = @Notifier
        """;

    // A claim lasts so much longer than an attempt may take. What a crash leaves behind must not stay long.
    private static readonly TimeSpan TimeToBegin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StaysWarm = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(2);

    private static readonly NotificationResult NothingLeft = new NotificationResult.GiveUp(
        "There was nothing left to tell: what it was about is no longer stored, or somebody has dealt with it.");

    private readonly Pace _pace = new(notifier.Options.PerSecond, clock);
    private readonly HashSet<Task> _underWay = [];
    private long _lastRound = clock.GetTimestamp();
    private long? _lastSent;
    private long _firstBegan;
    private long _claimed;
    private long _sent;
    private bool _isTroubled;
    private bool _hasRow;

    public string Notifier => notifier.Name;

    private TimeSpan ClaimLength => notifier.Options.Timeout + TimeToBegin;

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
            if (_underWay.Count > 0) await WaitForAnAttemptAsync(CancellationToken.None);
        }
    }

    // A channel that has not taken anything for a while is tried with one: if it asks us to be quiet, it has heard no more than that.
    // One that does not answer soon must not delay the others.
    private int Most => IsWarm || (_underWay.Count > 0 && TimeProvider.System.GetElapsedTime(_firstBegan) >= LookAgainAfter) ? MostAtOnce : 1;

    private bool IsWarm => _lastSent is { } sent && clock.GetElapsedTime(sent) < StaysWarm;

    private Task<Task> WaitForAnAttemptAsync(CancellationToken stopping) =>
        Task.WhenAny([.. _underWay, Task.Delay(LookAgainAfter, TimeProvider.System, stopping)]);

    /// <summary>Begins attempts at what is due, as far as the pace and the attempts under way allow.</summary>
    /// <returns>The number of attempts it began.</returns>
    private async Task<int> BeginDueAsync()
    {
        if (!_hasRow)
        {
            await commit.RunAsync(transaction => NotifierState.AddAsync(transaction, notifier.Name), CancellationToken.None);
            _hasRow = true;
        }

        _underWay.RemoveWhere(attempt => attempt.IsCompleted);
        if (_underWay.Count == 0 || Interlocked.Read(ref _sent) >= MostAtOnce) await CountSentAsync();
        var limit = Math.Min(_pace.Available(), Most - _underWay.Count);
        if (limit <= 0 || await FindTurnAsync() is not { } turn)
        {
            _lastRound = clock.GetTimestamp();
            return 0;
        }

        if (_underWay.Count == 0) _firstBegan = TimeProvider.System.GetTimestamp();

        // Taken before the claim is made, so that the time the commit takes counts too.
        var claimedAt = clock.GetTimestamp();
        var claimed = await commit.RunAsync(transaction => ClaimAsync(transaction, turn, limit), CancellationToken.None);
        _pace.Take(claimed.Count);
        foreach (var notification in claimed) _underWay.Add(AttemptAsync(notification, new(turn, claimedAt)));
        _lastRound = clock.GetTimestamp();
        return claimed.Count;
    }

    /// <summary>Waits until an attempt has ended, if no further one may begin; otherwise for news in the outbox.</summary>
    private async Task WaitAsync(CancellationToken stopping)
    {
        if (_underWay.Count >= Most)
        {
            await WaitForAnAttemptAsync(stopping);
            return;
        }

        await outbox.WaitForNewsAsync(notifier.Name, LookAgainAfter, clock, stopping);
    }

    /// <returns>Null if nothing may be sent now.</returns>
    private async Task<Turn?> FindTurnAsync()
    {
        await using var connection = await database.OpenForReadingAsync(CancellationToken.None);
        var now = clock.GetUtcNow();
        var turn = (Turn)await connection.ExecuteScalarAsync<int>(NextSql, new { Notifier = notifier.Name, Now = now });
        return turn == Turn.None ? null : turn;
    }

    private async Task<IReadOnlyList<LeasedNotification>> ClaimAsync(DetectorTransaction transaction, Turn turn, int limit)
    {
        if (turn == Turn.Probe)
        {
            return await NotifierState.TryProbeAsync(transaction, notifier.Name) is { } isAnother
                ? await Lease.ClaimProbeAsync(transaction, notifier.Name, isAnother, ClaimLength)
                : [];
        }

        var oldest = ((_claimed + limit) / OneInSoManyIsTheOldest) - (_claimed / OneInSoManyIsTheOldest);
        var claimed = await Lease.ClaimAsync(transaction, notifier.Name, (int)(limit - oldest), (int)oldest, ClaimLength);
        transaction.AfterCommit(() => _claimed += claimed.Count);
        return claimed;
    }

    /// <summary>Never throws: its result is not awaited.</summary>
    private async Task AttemptAsync(LeasedNotification notification, Claim claim)
    {
        try
        {
            using var activity = Traces.Begin("notification attempt", ActivityKind.Client, () => Traces.LinkTo(notification.Traceparent));
            var (cause, result) = await SendAsync(notification, claim);
            activity?.SetTag("notifier", notifier.Name).SetTag("notification", notification.Id).SetTag("kind", notification.Kind)
                .SetTag("attempt", notification.Attempts).SetTag("result", result?.GetType().Name ?? "NotSent");
            if (result is not null) Telemetry.Attempts.Add((notifier.Name, result.GetType().Name));
            await RecordAsync(notification, claim, cause, result);
            if (result is not null) Log.Attempted(logger, notifier.Name, notification.Id, notification.Attempts, result.GetType().Name, result.Answer);
        }
        catch (Exception fault)
        {
            // Its lease runs out, and it is tried again.
            Log.NotRecorded(logger, notifier.Name, notification.Id, fault);
        }
    }

    /// <returns>The result, and whether it is the channel's answer; null if the notification must not be sent now.</returns>
    private async Task<(Cause Cause, NotificationResult? Result)> SendAsync(LeasedNotification notification, Claim claim)
    {
        try
        {
            if (await composer.ComposeAsync(notification.Id, Enum.Parse<NoticeKind>(notification.Kind), notification.Subject) is not { } notice)
                return (Cause.Notification, NothingLeft);
            if (!await MayStillSendAsync(notification, claim)) return (Cause.Notification, null);

            var result = await notifier.AttemptAsync(notice, CancellationToken.None);
            Telemetry.FailingNotifiers.Set(notifier.Name, result is NotificationResult.Sent ? 0 : 1);
            if (result is NotificationResult.Sent && notification.Kind == nameof(NoticeKind.Alert) && notice.Data is Alert alert)
                Telemetry.MeasureTelling(notifier.Name, alert.Published, alert.ReceivedAt, clock.GetUtcNow());
            return (Cause.Channel, result);
        }
        catch (Exception fault)
        {
            // A fault about this one notification, and perhaps at every try: noted on it, so that it does not come back at once
            // for ever, takes nobody else's turn, and is abandoned in sight if nothing helps within the day.
            Log.AttemptFailed(logger, notifier.Name, notification.Id, fault);
            return (Cause.Notification, new NotificationResult.Retry($"The detector could not compose or send it ({fault.GetType().Name}); the log says why."));
        }
    }

    /// <summary>The last question before sending: by the database, and then by the stopwatch, which goes on while a process is frozen.</summary>
    private async Task<bool> MayStillSendAsync(LeasedNotification notification, Claim claim)
    {
        var check = await Lease.CheckAsync(database, notifier.Name, notification, clock.GetUtcNow());
        if (check == ClaimCheck.Held && claim.Turn == Turn.Probe) check = ClaimCheck.Good;
        if (check == ClaimCheck.Good && clock.GetElapsedTime(claim.At) > TimeToBegin) check = ClaimCheck.Lost;
        if (check != ClaimCheck.Good) Log.NotSent(logger, notifier.Name, notification.Id, check);
        return check == ClaimCheck.Good;
    }

    private async Task RecordAsync(LeasedNotification notification, Claim claim, Cause cause, NotificationResult? result)
    {
        for (var triesLeft = 5; ; triesLeft--)
        {
            try
            {
                var end = await commit.RunAsync(
                    async transaction =>
                    {
                        var end = await RecordAsync(transaction, notification, result);
                        await RecordStateAsync(transaction, claim, cause, result);
                        return end;
                    },
                    CancellationToken.None);
                if (end is not null && result != NothingLeft) Telemetry.Ended.Add((notifier.Name, end));
                if (result is NotificationResult.Sent) NoteSent();
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
    private static async Task<string?> RecordAsync(DetectorTransaction transaction, LeasedNotification notification, NotificationResult? result)
    {
        var now = transaction.Now;
        switch (result)
        {
            case null:
                await Lease.ReleaseAsync(transaction, notification);
                return null;

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

    /// <summary>Lets all replicas know how the channel fares.</summary>
    private async Task RecordStateAsync(DetectorTransaction transaction, Claim claim, Cause cause, NotificationResult? result)
    {
        if (cause == Cause.Notification)
        {
            if (claim.Turn == Turn.Probe) await NotifierState.ProbeAnotherAsync(transaction, notifier.Name);
            return;
        }

        if (result is NotificationResult.Retry retry)
        {
            var state = await NotifierState.FailedAsync(transaction, notifier.Name, retry.Answer, retry.After);
            transaction.AfterCommit(() => (_isTroubled, _lastSent) = (true, null));
            if (!state.IsDown || state.TroubledAt > transaction.Now - RetrySchedule.GiveUpAfter) return;

            var error = $"The channel has been down since {state.TroubledAt:yyyy-MM-dd HH:mm} UTC: {retry.Answer}";
            var abandoned = await Outbox.AbandonWaitingAsync(transaction, notifier.Name, error);
            transaction.AfterCommit(() => Telemetry.Ended.Add((notifier.Name, Outbox.Abandoned), abandoned));
        }
        else if (_isTroubled || claim.Turn != Turn.All)
        {
            await NotifierState.RecoveredAsync(transaction, notifier.Name);
            transaction.AfterCommit(() => _isTroubled = false);
        }

        if (result is not NotificationResult.GiveUp) return;

        await NotifierState.RefusedAsync(transaction, notifier.Name, result.Answer);
        transaction.AfterCommit(() => _isTroubled = true);   // so that the next success takes the error away
    }

    private void NoteSent()
    {
        _lastSent = clock.GetTimestamp();
        Interlocked.Increment(ref _sent);
    }

    /// <summary>Adds to the running total what this round has sent, or leaves it for the next round.</summary>
    private async Task CountSentAsync()
    {
        var count = Interlocked.Read(ref _sent);
        if (count == 0) return;

        if (await commit.RunAsync(transaction => NotifierState.CountSentAsync(transaction, notifier.Name, count), CancellationToken.None) == 1)
            Interlocked.Add(ref _sent, -count);
    }

    /// <summary>Permission of a lane to send.</summary>
    private enum Turn
    {
        /// <summary>Nothing is due, or the channel is held.</summary>
        None,

        /// <summary>Send what is due.</summary>
        All,

        /// <summary>Send what is due; the channel has failed before, so a success ends its trouble.</summary>
        AllAfterTrouble,

        /// <summary>Try a channel that is held with one notification.</summary>
        Probe,
    }

    /// <summary>Subject of an answer: the channel or one notification.</summary>
    private enum Cause
    {
        Notification,
        Channel,
    }

    /// <param name="Turn">Whether the claim is a probe.</param>
    /// <param name="At">The stopwatch when the claim was made.</param>
    private sealed record Claim(Turn Turn, long At);

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

        [LoggerMessage(5, LogLevel.Information, "{Notifier}: notification {Id} is not sent now: {Check}")]
        public static partial void NotSent(ILogger logger, string notifier, string id, ClaimCheck check);
    }
}
