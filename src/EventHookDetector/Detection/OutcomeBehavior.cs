using System.Diagnostics;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Says how the story ended, however it ended: one log line, one count and one trace for each log event.</summary>
internal sealed partial class OutcomeBehavior(ILogger<OutcomeBehavior> logger) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        using var activity = Telemetry.Source.StartActivity("inspect log event");
        try
        {
            var result = await next();

            Telemetry.CountLogEvents(result.Outcome.ToString(), 1);
            activity?.SetTag("outcome", result.Outcome.ToString());
            Log.Ended(logger, result.Outcome, request.LogEvent.EventType, request.LogEvent.Uuid, result.Because ?? "");
            return result;
        }
        catch (Exception fault)
        {
            Telemetry.CountLogEvents("Fault", 1);
            activity?.SetStatus(ActivityStatusCode.Error, fault.Message);
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Outcome}: {EventType} {Uuid} {Because}")]
        public static partial void Ended(ILogger logger, DetectionOutcome outcome, string? eventType, string uuid, string because);
    }
}
