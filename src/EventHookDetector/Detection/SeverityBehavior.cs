using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using MediatR;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Detection;

/// <summary>How much does it matter? Each fact that makes it worse raises the severity by one step, and says so.</summary>
internal sealed class SeverityBehavior(IOptions<DetectionOptions> options, ResetActors actors) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    private readonly HashSet<string> _privileged =
        [.. options.Value.PrivilegedAccounts.Select(AlertRecord.Searchable).OfType<string>()];

    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        var reasons = ReasonsIn(request.LogEvent.Fields).ToList();
        if (await IsByANewcomerAsync(request)) reasons.Add("No earlier reset by this actor is on record.");
        request.SeverityReasons = reasons;
        return await next();
    }

    private IEnumerable<string> ReasonsIn(LogEventFields fields)
    {
        if (fields.ApiTokenId is not null) yield return "It was done with an API token.";
        if (fields.Network?.IsProxy == true) yield return "It came through an anonymising proxy.";
        if (string.Equals(fields.RiskLevel, "HIGH", StringComparison.OrdinalIgnoreCase)) yield return "Okta rates its risk HIGH.";
        if (fields.TargetUsers.Any(IsPrivileged)) yield return "The target is a privileged account.";
        if (IsPrivileged(fields.Actor)) yield return "The actor is a privileged account.";
    }

    private bool IsPrivileged(Subject? subject) => _privileged.Count > 0 && subject is not null
        && ((AlertRecord.Searchable(subject.Id) is { } id && _privileged.Contains(id))
            || (AlertRecord.Searchable(subject.AlternateId) is { } login && _privileged.Contains(login)));

    private async Task<bool> IsByANewcomerAsync(InspectLogEvent request) =>
        FactorResets.Include(request.LogEvent.EventType)
        && (request.LogEvent.Fields.Actor is { } actor && actor.Key is { } name)
        && await actors.TryAddNewcomerAsync(request.Transaction, request.LogEvent.Org, name);
}
