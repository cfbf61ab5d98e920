using EventHookDetector.Alerts;
using EventHookDetector.Audit;
using EventHookDetector.Notifications;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Was it not announced? A reset that somebody approved under a ticket is recorded, and wakes nobody.</summary>
internal sealed class ExpectedResetBehavior(Outbox outbox) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        var (transaction, fields) = (request.Transaction, request.LogEvent.Fields);

        // What was announced is a reset: a role granted to the same person meanwhile was not.
        if (!FactorResets.Include(request.LogEvent.EventType)) return await next();

        // Nobody can announce a reset of their own factors by resetting them: that would be the thief's first idea.
        if (fields.TargetUser is not { } target || (fields.Actor?.Id is { } actor && actor == target.Id)) return await next();

        var used = await ExpectedResets.UseAsync(
            transaction, AlertRecord.Searchable(target.Id), AlertRecord.Searchable(target.AlternateId),
            fields.Published ?? request.ReceivedAt, request.LogEvent.Uuid);
        if (used is not { } expected) return await next();

        var because = $"Announced under ticket {expected.Ticket}, approved by {expected.Approver}.";
        var alert = request.ToAlert(AlertOutcome.Expected) with { Because = because, ExpectedResetId = expected.Id };
        await Task.WhenAll(
            AlertRecord.InsertAsync(transaction, alert),
            AuditTrail.AddAsync(
                transaction, AuditAct.AlertExpected, AuditTrail.Detector, alert.Id, new { because, ruleId = request.Rule.Id, expectedResetId = expected.Id }));
        await outbox.AddAsync(transaction, NoticeKind.Alert, alert.Id, options => options.Wants(AlertOutcome.Expected));
        return new DetectionResult(DetectionOutcome.Expected, because);
    }
}
