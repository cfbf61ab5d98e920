using System.Globalization;
using System.Text.Json;
using EventHookDetector.Alerts;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Notifications;
using EventHookDetector.Okta;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Triage;

/// <summary>
/// An exception item for what was closed as a false positive, as <c>POST /api/exceptions</c> takes it. It is narrow: this event
/// type, by this actor, done in this way. Never for a target alone, whom anybody may attack.
/// </summary>
internal sealed record ExceptionItemDraft(string Condition, string Owner, string Reason, string? Ticket, DateTimeOffset EndsAt)
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    // Of each the first one that Okta names: an id outlives a change of name, and a token is nearer to the deed than an address.
    private static readonly string[] ActorFields = ["okta.actor.id", "okta.actor.alternate_id"];
    private static readonly string[] MeansFields = ["okta.transaction.detail.request_api_token_id", "okta.client.ip"];

    /// <returns>A draft, or why there is none.</returns>
    public static (ExceptionItemDraft? Draft, string? NoneBecause) For(
        Alert alert, byte[] raw, string owner, string? note, DateTimeOffset now, TimeSpan maximumLife)
    {
        var logEvent = new LogEvent(raw, alert.EventType, alert.Org);
        if (FirstKnown(logEvent, ActorFields) is not { } actor)
            return (null, "Okta names no actor, and an exception item for whoever it was would cover an attacker too.");
        if (FirstKnown(logEvent, MeansFields) is not { } means)
            return (null, "Okta names neither an API token nor an address, and an exception item for this actor from anywhere would cover a thief of the account too.");

        var condition = KqlPrinter.Print(new KqlNode.And([Is(EcsFields.Action, alert.EventType), actor, means]));
        var draft = new ExceptionItemDraft(condition, owner, ReasonOf(alert, note), Ticket: null, now + (Life < maximumLife ? Life : maximumLife));
        return draft.FindFault(logEvent, now, maximumLife) is { } fault ? (null, fault) : (draft, null);
    }

    /// <summary>The same checks as when it is posted, so that nobody is offered what would be refused, or would not help.</summary>
    private string? FindFault(LogEvent logEvent, DateTimeOffset now, TimeSpan maximumLife)
    {
        var request = new ExceptionItemRequest(
            JsonSerializer.SerializeToElement(Condition), Owner, Reason, Ticket, StartsAt: null, EndsAt.ToString("O", CultureInfo.InvariantCulture), Recurrence: null);
        if (string.Join(' ', request.FindFaults(now, maximumLife)) is { Length: > 0 } faults) return faults;

        return KqlQuery.Parse(Condition).Matches(logEvent) ? null : "What Okta says of it cannot be asked for.";
    }

    private static string ReasonOf(Alert alert, string? note)
    {
        var why = string.IsNullOrWhiteSpace(note) ? $"{alert.Rule.Name}, by {AlertNotice.Name(alert.Actor)}" : note;
        return ForeignText.OneLine($"False positive, alert {alert.Id}: {why}", ExceptionItemRequest.LongestReason);
    }

    // Read as the query will read it, so that it is found again whatever it is.
    private static KqlNode.Is? FirstKnown(LogEvent logEvent, string[] fields)
    {
        foreach (var field in fields)
        {
            string? known = null;
            foreach (var found in EcsFields.Named(field)) found.Any(logEvent, value => (known = Known(value.ToString())) is not null);
            if (known is not null) return Is(field, known);
        }

        return null;
    }

    private static string? Known(string text) =>
        string.IsNullOrWhiteSpace(text) || string.Equals(text, "unknown", StringComparison.OrdinalIgnoreCase) ? null : text;

    private static KqlNode.Is Is(string field, string value) => new(KqlText.Exactly(field), KqlText.Exactly(value));
}
