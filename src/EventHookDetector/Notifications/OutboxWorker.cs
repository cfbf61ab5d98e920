using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>Empties the outbox, each notifier at its own pace.</summary>
internal sealed partial class OutboxWorker(
    Notifiers notifiers, Outbox outbox, NoticeComposer composer, SharedCommit commit, Database database, TimeProvider clock, ILogger<OutboxWorker> logger)
    : BackgroundService
{
    /// <summary>For how long a lane may be silent before something is wrong with it: a few attempts' worth.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan OrphanInterval = TimeSpan.FromMinutes(10);

    private readonly NotifierLane[] _lanes =
        [.. notifiers.All.Select(notifier => new NotifierLane(notifier, outbox, composer, commit, database, clock, logger))];

    /// <summary>The notifiers whose lane has stopped moving. A channel that refuses is not stuck; one that nobody tries is.</summary>
    public IReadOnlyList<string> Stuck =>
        [.. _lanes.Where(lane => lane.Silence > LongestRound).Select(lane => lane.Notifier)];

    /// <summary>Sends everything that is due, and returns when nothing is left that may be sent now.</summary>
    public Task DispatchDueAsync() => Task.WhenAll(_lanes.Select(lane => lane.DispatchDueAsync()));

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (_lanes.Length == 0) Log.NobodyIsTold(logger);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        _lanes.Select(lane => Task.Run(() => lane.RunAsync(stoppingToken), CancellationToken.None))
            .Append(Task.Run(() => AbandonOrphansAsync(stoppingToken), CancellationToken.None)));

    /// <summary>A notifier that is no longer configured has no lane, and what was meant for it nobody would ever end.</summary>
    private async Task AbandonOrphansAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await commit.RunAsync(transaction => Outbox.AbandonOrphansAsync(transaction, [.. notifiers.All.Select(notifier => notifier.Name)]), stopping);
                await Task.Delay(OrphanInterval, clock, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.OrphansFailed(logger, fault);
                await Task.Delay(OrphanInterval, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Abandoning notifications without a notifier failed; the next try is in ten minutes")]
        public static partial void OrphansFailed(ILogger logger, Exception fault);

        [LoggerMessage(2, LogLevel.Warning, "No notifier is configured: resets are stored, and nobody is told of them. Configure one in the section Notifiers: its Type, and what that needs")]
        public static partial void NobodyIsTold(ILogger logger);
    }
}
