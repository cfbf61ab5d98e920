using EventHookDetector.Alerts;
using EventHookDetector.Notifications;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>The good end of the pipeline: stores the alert, and one notification for each notifier that wants it, in one transaction.</summary>
internal sealed class RaiseAlert(Outbox outbox) : IRequestHandler<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(InspectLogEvent request, CancellationToken cancellationToken)
    {
        var alert = request.ToAlert(AlertOutcome.Alerted);
        await AlertRecord.InsertAsync(request.Transaction, alert);
        await outbox.AddAsync(
            request.Transaction, NoticeKind.Alert, alert.Id, alert.Severity, options => options.Wants(AlertOutcome.Alerted));
        return new DetectionResult(DetectionOutcome.Alerted);
    }
}
