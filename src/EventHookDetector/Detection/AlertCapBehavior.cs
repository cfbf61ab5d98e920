using EventHookDetector.Alerts;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>
/// Has this window room for one more? An alert without room is stored and listed in the digest. A full window still lets two kinds
/// pass, up to ten times the cap, so that noise hides nothing: newcomers, and an alert more severe than all that were sent for its
/// target and actor.
/// </summary>
internal sealed class AlertCapBehavior : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    private const int NewcomersFactor = 10;

    // Each costs a statement, in a window that is full already.
    private const int MostTargets = 100;

    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        if (await TryTakeSlotAsync(request)) return await next();

        var (transaction, rule, window) = (request.Transaction, request.Rule, request.Window);
        await AlertWindows.CountCappedAsync(transaction, rule.Id, window);
        var because = $"The window from {window.Start:u} to {window.End:u} is full: its cap is {rule.MaxAlerts} alerts of this rule, "
            + $"and only the first of another actor or target still passes, or one more severe than all before of the same two, up to {Ceiling(rule.MaxAlerts)}. It is in the window's digest.";
        await AlertRecord.InsertAsync(transaction, request.ToAlert(AlertOutcome.Capped) with { Because = because });
        return new DetectionResult(DetectionOutcome.Capped, because);
    }

    private static async Task<bool> TryTakeSlotAsync(InspectLogEvent request)
    {
        var (transaction, rule, window, fields) = (request.Transaction, request.Rule, request.Window, request.LogEvent.Fields);
        return await AlertWindows.TryTakeSlotAsync(transaction, rule.Id, window, rule.MaxAlerts)
            || await AlertWindows.TryPassFullWindowAsync(
                transaction, rule.Id, window, Ceiling(rule.MaxAlerts),
                AlertRecord.Searchable(fields.Actor?.Key),
                [.. fields.TargetUsers.Select(target => AlertRecord.Searchable(target.Key) ?? "").DefaultIfEmpty("").Distinct().Take(MostTargets)],
                request.SeverityReasons.Count == 0 ? null : SeverityScale.Raise(rule.Severity, rule.RiskScore, request.SeverityReasons.Count).Severity);
    }

    private static int Ceiling(int cap) => cap < int.MaxValue / NewcomersFactor ? cap * NewcomersFactor : int.MaxValue;
}
