using EventHookDetector.Hosting;

namespace EventHookDetector.EventHook;

/// <summary>
/// Notes who came without the right secret. It may be the internet, or it may be Okta with a secret that was changed on one
/// side only, and then every delivery is lost: so it is said, but once a minute at most, or strangers would fill the disk.
/// </summary>
internal sealed partial class RefusedStrangers(HookActivity activity, TimeProvider clock, ILogger<RefusedStrangers> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _saidAt = DateTimeOffset.MinValue;
    private long _unsaid;

    public void Count(string header)
    {
        Telemetry.Deliveries.Add(StatusCodes.Status401Unauthorized);
        activity.Refused();
        lock (_lock)
        {
            _unsaid++;
            var now = clock.GetUtcNow();
            if ((now - _saidAt).Duration() < Interval) return;

            Log.Refused(logger, _unsaid, header);
            (_saidAt, _unsaid) = (now, 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Refused {Count} requests to the event hook since the last such line: the header {Header} was missing or held no secret of EventHook:Secrets. If they were Okta's, deliveries are being lost: compare the secret there and here")]
        public static partial void Refused(ILogger logger, long count, string header);
    }
}
