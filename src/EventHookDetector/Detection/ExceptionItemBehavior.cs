using EventHookDetector.Alerts;
using EventHookDetector.Audit;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>
/// Does nothing except it: neither an exception item, nor its rule, which need not alert on what people do to their own account?
/// What is excepted is recorded with the reason, and nobody is told.
/// </summary>
internal sealed partial class ExceptionItemBehavior(ExceptionItemsInForce inForce, ILogger<ExceptionItemBehavior> logger)
    : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        var logEvent = request.LogEvent;
        var kind = logEvent.Fields.ActorKind();
        if (!request.Rule.AlertsOn(kind, logEvent.EventType))
            return await ExceptAsync(request, $"Done by {Describe(kind)}, and its rule does not alert on that.", itemId: null);

        var happenedAt = logEvent.Fields.Published ?? request.ReceivedAt;
        return await FindCoveringAsync(request, happenedAt) is [var item, ..] items
            ? await ExceptAsync(request, string.Join(' ', items.Select(covering => covering.Because).Distinct(StringComparer.Ordinal)), item.Id)
            : await next();
    }

    /// <returns>One item that covers every account, or for each account one; empty if an account is not covered.</returns>
    private async Task<IReadOnlyList<ExceptionItem>> FindCoveringAsync(InspectLogEvent request, DateTimeOffset happenedAt)
    {
        var (transaction, logEvent) = (request.Transaction, request.LogEvent);
        var known = await inForce.AtAsync(transaction);
        foreach (var (item, coverage) in known)
        {
            if (Covers(item, coverage, logEvent, happenedAt) && await ExceptionItems.TryHitAsync(transaction, item)) return [item];
        }

        return logEvent.Fields.TargetUsers.Count > 1 ? await FindOnePerAccountAsync(request, known, happenedAt) : [];
    }

    private async Task<IReadOnlyList<ExceptionItem>> FindOnePerAccountAsync(
        InspectLogEvent request, IReadOnlyList<(ExceptionItem Item, Coverage Coverage)> known, DateTimeOffset happenedAt)
    {
        if (known.Count < 2 || request.LogEvent.HasTooManyAccounts) return [];

        var items = new HashSet<ExceptionItem>();
        foreach (var account in request.LogEvent.PerAccount)
        {
            if (known.FirstOrDefault(one => Covers(one.Item, one.Coverage, account, happenedAt)).Item is not { } item) return [];
            items.Add(item);
        }

        // An item that has ended meanwhile covers nothing: the log event is then alerted.
        foreach (var item in items)
        {
            if (!await ExceptionItems.TryHitAsync(request.Transaction, item)) return [];
        }

        return [.. items];
    }

    private static async Task<DetectionResult> ExceptAsync(InspectLogEvent request, string because, string? itemId)
    {
        var alert = request.ToAlert(AlertOutcome.Excepted) with { Because = because, ExceptionItemId = itemId };
        await Task.WhenAll(
            AlertRecord.InsertAsync(request.Transaction, alert),
            AuditTrail.AddAsync(
                request.Transaction, AuditAct.AlertExcepted, AuditTrail.Detector, alert.Id, new { because, ruleId = request.Rule.Id, exceptionItemId = itemId }));
        return new DetectionResult(DetectionOutcome.Excepted, because);
    }

    private static string Describe(ActorKind kind) => kind switch
    {
        ActorKind.Self => "the owner of the account",
        ActorKind.Support => "Okta's support",
        _ => "an administrator",
    };

    // Nobody may stay untold because a condition could not be answered.
    private bool Covers(ExceptionItem item, Coverage coverage, LogEvent logEvent, DateTimeOffset happenedAt)
    {
        try
        {
            return coverage.Covers(logEvent, happenedAt);
        }
        catch (Exception fault)
        {
            Log.CouldNotBeAnswered(logger, item.Id, logEvent.Uuid, fault);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Exception item {Id} does not cover {Uuid}, for its condition could not be answered")]
        public static partial void CouldNotBeAnswered(ILogger logger, string id, string uuid, Exception fault);
    }
}
