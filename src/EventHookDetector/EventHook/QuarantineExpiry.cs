using EventHookDetector.Storage;

namespace EventHookDetector.EventHook;

/// <summary>Lets go of what has become too old even while nothing new arrives.</summary>
internal sealed partial class QuarantineExpiry(Quarantine quarantine, SharedCommit commit, TimeProvider clock, ILogger<QuarantineExpiry> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await WaitAsync(timer, stoppingToken))
        {
            try
            {
                await commit.RunAsync(quarantine.ForgetOldestAsync, stoppingToken);
            }
            catch (Exception fault)
            {
                Log.Failed(logger, fault);
            }
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Letting go of old items of the quarantine failed; the next try is in an hour")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
