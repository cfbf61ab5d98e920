using EventHookDetector.Alerts;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta;

namespace EventHookDetector.Detection;

/// <summary>What an exception item covers: its condition and times, compiled once and asked about every log event.</summary>
internal sealed class Coverage(KqlQuery condition, Recurrence? recurrence, DateTimeOffset? startsAt, DateTimeOffset? endsAt)
{
    /// <exception cref="FormatException">The condition or the recurrence is none.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine knows no such time zone.</exception>
    public static Coverage Of(ExceptionItem item) => new(
        KqlQuery.Parse(item.Condition),
        item is { RecurrenceCron: { } cron, RecurrenceSeconds: { } seconds, RecurrenceTimeZone: { } timeZone }
            ? new Recurrence(cron, TimeSpan.FromSeconds(seconds), timeZone)
            : null,
        item.StartsAt,
        item.EndsAt);

    /// <summary>Asks whether it covers the log event for each account that the log event is about.</summary>
    // The times first: they cost less than to look into the log event.
    public bool Covers(LogEvent logEvent, DateTimeOffset happenedAt) =>
        (startsAt is null || happenedAt >= startsAt)
        && (endsAt is null || happenedAt < endsAt)
        && (recurrence is null || recurrence.IsOpenAt(happenedAt))
        && (logEvent.Fields.TargetUsers.Count < 2 ? condition.Matches(logEvent) : MatchesAll(logEvent));

    private bool MatchesAll(LogEvent logEvent) => !logEvent.HasTooManyAccounts && logEvent.PerAccount.All(condition.Matches);
}
