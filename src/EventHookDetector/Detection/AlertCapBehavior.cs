using EventHookDetector.Alerts;
using EventHookDetector.Storage;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Has this window room for one more? What it has no room for is recorded all the same, and told in the digest.</summary>
internal sealed class AlertCapBehavior : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        var (transaction, rule, window) = (request.Transaction, request.Rule, request.Window);
        if (await AlertWindows.TryTakeSlotAsync(transaction, rule.Id, window.Start, window.End, rule.MaxAlerts, cancellationToken))
            return await next();

        await AlertWindows.CountCappedAsync(transaction, rule.Id, window.Start, window.End, cancellationToken);
        await AlertRecord.InsertAsync(transaction, request.ToAlert(AlertOutcome.Capped), cancellationToken);
        return new DetectionResult(
            DetectionOutcome.Capped, $"The window from {window.Start:u} to {window.End:u} already holds {rule.MaxAlerts} alerts of this rule.");
    }
}
