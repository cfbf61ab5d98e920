using EventHookDetector.Storage;

namespace EventHookDetector.Retention;

/// <summary>
/// Lets go of what is old, soon after the start and then every hour. Replicas share the work: of those who would begin a round, one
/// does, and none leads.
/// </summary>
internal sealed partial class RetentionWorker(RetentionSteps steps, SharedCommit commit, TimeProvider clock, ILogger<RetentionWorker> logger)
    : BackgroundService
{
    /// <summary>The start has enough to do.</summary>
    public static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1);

    /// <summary>Deliveries come first.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(AfterStart, clock, stoppingToken);
            using var timer = new PeriodicTimer(RetentionRound.Interval, clock);
            do await RunAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The rest can wait for the next start.
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (await commit.RunAsync(RetentionRound.TryBeginAsync, stopping) is not { } round) return;

            foreach (var step in steps.Of(round)) await RunAsync(step, stopping);
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            Log.Failed(logger, "what is old", fault);
        }
    }

    // One kind of thing that cannot go keeps no other from going.
    private async Task RunAsync(RetentionStep step, CancellationToken stopping)
    {
        var removed = 0L;
        try
        {
            await foreach (var count in step.Batches.WithCancellation(stopping))
            {
                removed += count;
                await Task.Delay(Pause, clock, stopping);
            }
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            Log.Failed(logger, step.What, fault);
        }

        if (removed > 0) Log.Removed(logger, removed, step.What);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Letting go of {What} failed; the next try is in an hour")]
        public static partial void Failed(ILogger logger, string what, Exception fault);

        [LoggerMessage(2, LogLevel.Information, "Let go of {Count} {What}, for they were old")]
        public static partial void Removed(ILogger logger, long count, string what);
    }
}
