using EventHookDetector.Alerts;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>Looks every second for windows that have closed with capped alerts, and owes each of them one digest.</summary>
internal sealed partial class WindowDigests(SharedCommit commit, Database database, Outbox outbox, TimeProvider clock, ILogger<WindowDigests> logger)
    : BackgroundService
{
    /// <summary>A log event received in the window's last moment may be committed a little after it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <returns>How many windows it closed.</returns>
    public async Task<int> CloseWindowsAsync(CancellationToken cancellationToken)
    {
        var endedBefore = clock.GetUtcNow() - Grace;
        if (!await AlertWindows.IsAnyOwedAsync(database, endedBefore, cancellationToken)) return 0;

        return await commit.RunAsync(
            async transaction =>
            {
                var closed = await AlertWindows.CloseAsync(transaction, endedBefore);
                foreach (var window in closed)
                    await outbox.AddAsync(transaction, NoticeKind.Digest, DigestSubject.Of(window).ToString(), _ => true, cancellationToken);
                return closed.Count;
            },
            cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                await CloseWindowsAsync(stoppingToken);
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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Looking for closed windows failed; the next look is in a second")]
        public static partial void RoundFailed(ILogger logger, Exception fault);
    }
}
