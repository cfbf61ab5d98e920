using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>
/// Is it more of a reset we already know? Identity Engine tells a reset factor by factor, and sometimes as a whole too: all of it
/// is one alert, whatever comes first. A single factor is no reset; it is kept, in case it was the first of several.
/// </summary>
internal sealed class BurstBehavior : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    // How far from a reset its parts may have happened, where the rule does not say so.
    private static readonly TimeSpan DefaultReach = TimeSpan.FromMinutes(5);

    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        if (PartOf(request) is not { } part) return await next();

        var transaction = request.Transaction;
        var place = await Bursts.PlaceAsync(transaction, part);
        if (place.Role == BurstRole.Waits)
            return new DetectionResult(DetectionOutcome.NotMatched, $"Alone so far: {part.AtLeast} within {part.Within} make an alert of this rule.");

        if (place is { Role: BurstRole.Joins })
        {
            foreach (var merging in place.AlertIds) await SeverityReasons.AddToAsync(transaction, merging, request.SeverityReasons);
            return new DetectionResult(DetectionOutcome.Merged, $"Part of the same reset as alert {string.Join(" and alert ", place.AlertIds)}.") { AlertIds = place.AlertIds };
        }

        request.SeverityReasons = [.. request.SeverityReasons.Union(place.Taken.SelectMany(SeverityReasons.FromColumn), StringComparer.Ordinal)];
        var result = await next();
        if (result.Outcome != DetectionOutcome.Alerted) await Bursts.MarkUntoldAsync(transaction, part);
        return result;
    }

    private static BurstPart? PartOf(InspectLogEvent request)
    {
        var (logEvent, rule, fields) = (request.LogEvent, request.Rule, request.LogEvent.Fields);
        var isResetAll = logEvent.EventType == FactorResets.All;
        if (rule.Burst is null && !isResetAll) return null;

        // A reset of an unknown account cannot be merged; single factors are pending all the same.
        if (isResetAll && (fields.TargetUsers.Count == 0 || fields.TargetUsers.Any(target => target.Key is null))) return null;
        if (logEvent.HasTooManyAccounts) return null;

        var actor = AlertRecord.Searchable(fields.Actor?.Key) ?? "";
        var accounts = Bursts.KeysOf(rule.Id, logEvent, fields.ActorKind() == ActorKind.Self);
        return new BurstPart(
            accounts[0],
            accounts[1..],
            request.AlertId,
            rule.Id,
            fields.Published ?? request.ReceivedAt,
            rule.Burst?.Within ?? DefaultReach,
            isResetAll ? 1 : rule.Burst?.AtLeast ?? 1,   // all factors at once are never alone
            fields.TransactionId is "unknown" ? null : fields.TransactionId,
            actor,
            $"{actor} {fields.Client?.IpAddress} {fields.ApiTokenId}",
            isResetAll,
            logEvent,
            request.ReceivedAt,
            SeverityReasons.ToColumn(request.SeverityReasons));
    }
}
