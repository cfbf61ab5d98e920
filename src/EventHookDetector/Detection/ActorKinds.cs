using EventHookDetector.Alerts;
using EventHookDetector.Okta;

namespace EventHookDetector.Detection;

/// <summary>Tells by whom something was done.</summary>
internal static class ActorKinds
{
    private const string OktaSystem = "system@okta.com";

    public static ActorKind ActorKind(this LogEventFields fields) => fields switch
    {
        { Actor.Id: { } actor, TargetUsers.Count: > 0 } when fields.TargetUsers.All(target => target.Id == actor) => Alerts.ActorKind.Self,
        _ when IsOktasSupport(fields) => Alerts.ActorKind.Support,
        _ => Alerts.ActorKind.Administrator,
    };

    // Okta's support leaves no browser and no place behind; an automation of one's own under the same actor does.
    private static bool IsOktasSupport(LogEventFields fields) =>
        string.Equals(fields.Actor?.AlternateId, OktaSystem, StringComparison.OrdinalIgnoreCase)
        && fields.TransactionId is null or "unknown"
        && fields.Client is null or { UserAgent: null, Country: null };
}
