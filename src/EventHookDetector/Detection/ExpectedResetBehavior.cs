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
        var (transaction, targets) = (request.Transaction, request.LogEvent.Fields.TargetUsers);

        // What was announced is a reset: a role granted to the same person meanwhile was not.
        if (!FactorResets.Include(request.LogEvent.EventType)) return await next();

        // Nobody can announce a reset of their own factors by resetting them: that would be the thief's first idea.
        if (targets.Count == 0 || targets.Any(target => IsActor(request.LogEvent.Fields.Actor, target))) return await next();

        if (await UseAsync(request, targets) is not [var first, ..] used) return await next();

        var because = $"Announced under {string.Join(", and under ", used.Select(reset => $"ticket {reset.Ticket}, approved by {reset.Approver}").Distinct(StringComparer.Ordinal))}.";
        var alert = request.ToAlert(AlertOutcome.Expected) with { Because = because, ExpectedResetId = first.Id };
        await Task.WhenAll(
            AlertRecord.InsertAsync(transaction, alert),
            AuditTrail.AddAsync(transaction, AuditAct.AlertExpected, AuditTrail.Detector, alert.Id, DetailsOf(request, because, used)));
        await outbox.AddAsync(transaction, NoticeKind.Alert, alert.Id, alert.Severity, options => options.Wants(AlertOutcome.Expected));
        return new DetectionResult(DetectionOutcome.Expected, because);
    }

    private static bool IsActor(Subject? actor, Subject target) =>
        actor is not null && ((actor.Id is not null && actor.Id == target.Id) || actor.IsSameAccountAs(target));

    /// <returns>One announcement for each account; empty if an account is not announced.</returns>
    private static async Task<IReadOnlyList<UsedReset>> UseAsync(InspectLogEvent request, IReadOnlyList<Subject> targets)
    {
        var (happenedAt, uuid) = (request.LogEvent.Fields.Published ?? request.ReceivedAt, request.LogEvent.Uuid);
        if (targets is [var only])
        {
            return await ExpectedResets.UseAsync(request.Transaction, AlertRecord.Searchable(only.Id), AlertRecord.Searchable(only.AlternateId), happenedAt, uuid) is { } used
                ? [used]
                : [];
        }

        return request.LogEvent.HasTooManyAccounts
            ? []
            : await ExpectedResets.UseForAllAsync(
                request.Transaction, [.. targets.Select(target => (AlertRecord.Searchable(target.Id), AlertRecord.Searchable(target.AlternateId)))], happenedAt, uuid);
    }

    private static object DetailsOf(InspectLogEvent request, string because, IReadOnlyList<UsedReset> used) => used is [var only]
        ? new { because, ruleId = request.Rule.Id, expectedResetId = only.Id }
        : new { because, ruleId = request.Rule.Id, expectedResetIds = used.Select(reset => reset.Id) };
}
