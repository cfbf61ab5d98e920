using EventHookDetector.Hosting;

namespace EventHookDetector.EventHook;

/// <summary>
/// Counts and logs requests without the right secret. They may come from the internet, or from Okta with a secret that was changed
/// on one side only; then every delivery is lost.
/// </summary>
internal sealed partial class RefusedStrangers(HookActivity activity, TimeProvider clock, ILogger<RefusedStrangers> logger)
{
    private readonly OnceAMinute _lines = new(clock);

    public void Count(string header)
    {
        Telemetry.Deliveries.Add(StatusCodes.Status401Unauthorized);
        activity.Refused();
        if (_lines.Add() is { } count) Log.Refused(logger, count, header);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Refused {Count} requests to the event hook since the last such line: the header {Header} was missing or held no secret of EventHook:Secrets. If they were Okta's, deliveries are being lost: compare the secret there and here")]
        public static partial void Refused(ILogger logger, long count, string header);
    }
}
