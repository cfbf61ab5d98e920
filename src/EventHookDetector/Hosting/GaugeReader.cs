namespace EventHookDetector.Hosting;

/// <summary>Numbers that only the database knows.</summary>
internal interface IGaugeSource
{
    /// <summary>Reads them and writes them into <see cref="Telemetry"/>.</summary>
    Task ReadAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Reads now and then what only the database knows. So whoever asks for the metrics waits for nothing, however often they ask and however
/// ill the database is; and no delivery pays for it.
/// </summary>
internal sealed partial class GaugeReader(IEnumerable<IGaugeSource> sources, TimeProvider clock, ILogger<GaugeReader> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private bool _hasFailed;

    public async Task ReadAsync(CancellationToken stopping)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
            foreach (var source in sources) await source.ReadAsync(either.Token);

            Telemetry.ReadableDatabases.Set("", 1);
            _hasFailed = false;
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            // A gap is honest, an old number is not.
            Telemetry.OutboxDepth.Forget();
            Telemetry.OutboxOldestAge.Forget();
            Telemetry.QuarantineItems.Forget();
            Telemetry.ReadableDatabases.Set("", 0);
            if (!_hasFailed) Log.Failed(logger, fault);
            _hasFailed = true;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await ReadAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Whoever asks next asks another process.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The depth of the outbox and of the quarantine could not be read for /metrics; they are missing there until the database answers")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
