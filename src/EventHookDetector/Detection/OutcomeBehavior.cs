using System.Diagnostics;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Says how the story ended, however it ended: one log line, one count and one trace for each log event.</summary>
internal sealed partial class OutcomeBehavior(ILogger<OutcomeBehavior> logger) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    /// <summary>The word for what has no outcome: it was refused, and Okta will try it once more.</summary>
    public const string Fault = "Fault";

    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        using var activity = Traces.Source.StartActivity("log event");
        try
        {
            var result = await next();

            Tell(request, result, activity);
            Log.Ended(logger, result.Outcome, request.LogEvent.EventType, request.LogEvent.Uuid, result.Because ?? "");
            return result;
        }
        catch (Exception fault)
        {
            Telemetry.LogEvents.Add(Fault);
            activity?.Fail(fault);
            throw;
        }
    }

    private static void Tell(InspectLogEvent request, DetectionResult result, Activity? activity)
    {
        Telemetry.LogEvents.Add(result.Outcome.ToString());
        if (result.Outcome is not (DetectionOutcome.NotMatched or DetectionOutcome.Duplicate or DetectionOutcome.Invalid))
            Telemetry.MeasureReceipt(request.LogEvent.Fields.Published, request.ReceivedAt);

        if (activity is null) return;

        activity.SetTag("outcome", result.Outcome.ToString()).SetTag("uuid", request.LogEvent.Uuid)
            .SetTag("event_type", request.LogEvent.EventType).SetTag("org", request.LogEvent.Org);
        if (request.HasMatched) activity.SetTag("rule", request.Rule.Id);
        else if (result.Outcome == DetectionOutcome.NotMatched) activity.Withdraw();   // what no rule wants would bury the rest
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Outcome}: {EventType} {Uuid} {Because}")]
        public static partial void Ended(ILogger logger, DetectionOutcome outcome, string? eventType, string uuid, string because);
    }
}
