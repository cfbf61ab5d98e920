using System.Text.Json.Serialization;

namespace EventHookDetector.Alerts;

/// <summary>An exception item as operators read it.</summary>
internal sealed record ExceptionItemAnswer(
    string Id, ExceptionItemState State, string Condition, string Owner, string Reason, string? Ticket,
    DateTimeOffset? StartsAt, DateTimeOffset EndsAt, RecurrenceAnswer? Recurrence,
    DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ChangedAt, string ChangedBy, DateTimeOffset? EndedAt, string? EndedBy,
    long Hits, DateTimeOffset? LastHitAt, DateTimeOffset? AnnouncedAt, ExceptionItemPreview? Preview)
{
    /// <summary>Sentences about what is allowed in the condition and probably not meant; only in the answer of the request that added or changed the item.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    public const string Example =
        """
        {
          "id": "019ab3f0-a0b1-7c10-8f21-2b6c1e9d4a01", "state": "inForce",
          "condition": "(okta.actor.alternate_id:\"helpdesk.one@example.com\" or okta.actor.id:\"helpdesk.one@example.com\") and okta.client.ip:\"198.51.100.0/24\"",
          "owner": "grace.hopper@example.com", "reason": "Factors are reset during the yearly audit", "ticket": "SEC-1042",
          "startsAt": "2026-11-24T08:00:00Z", "endsAt": "2026-12-24T18:00:00Z",
          "recurrence": { "cron": "0 9 * * 1-5", "duration": "08:00:00", "timeZone": "Europe/Berlin" },
          "createdAt": "2026-11-24T08:00:12Z", "createdBy": "oncall", "changedAt": "2026-11-24T08:00:12Z", "changedBy": "oncall",
          "endedAt": null, "endedBy": null, "hits": 3, "lastHitAt": "2026-11-24T09:15:02Z", "announcedAt": null,
          "preview": { "days": 30, "examined": 42, "covered": 1 }
        }
        """;

    /// <summary>The same as the answer of the request that added or changed it.</summary>
    public static string WrittenExample { get; } = $"{Example.TrimEnd()[..^1].TrimEnd()}, \"warnings\": [] }}";

    public static ExceptionItemAnswer Of(ExceptionItem item, DateTimeOffset now) => new(
        item.Id, item.StateAt(now), item.Condition, item.Owner, item.Reason, item.Ticket, item.StartsAt, item.EndsAt,
        item.RecurrenceCron is null ? null : new(item.RecurrenceCron, TimeSpan.FromSeconds(item.RecurrenceSeconds ?? 0), item.RecurrenceTimeZone!),
        item.CreatedAt, item.CreatedBy, item.ChangedAt, item.ChangedBy, item.EndedAt, item.EndedBy, item.Hits, item.LastHitAt, item.AnnouncedAt, item.Preview);
}

/// <summary>When its windows begin, how long each is, and by whose clocks.</summary>
internal sealed record RecurrenceAnswer(string Cron, TimeSpan Duration, string TimeZone);
