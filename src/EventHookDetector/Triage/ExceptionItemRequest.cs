using System.Text.Json;
using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Hosting;

namespace EventHookDetector.Triage;

/// <summary>What an operator wants covered.</summary>
internal sealed record ExceptionItemRequest(
    JsonElement? Condition, string? Owner, string? Reason, string? Ticket, string? StartsAt, string? EndsAt, RecurrenceRequest? Recurrence)
{
    public const int LongestReason = 2000;

    // A thousand logins fit.
    private const int LongestCondition = 32 * 1024;

    private const int LongestName = 200;

    /// <summary>All that is wrong with it, each a sentence.</summary>
    public IEnumerable<string> FindFaults(DateTimeOffset now, TimeSpan maximumLife)
    {
        foreach (var fault in FindFaultsOfCondition(Condition)) yield return fault;

        if (!IsText(Owner, LongestName)) yield return $"owner must be who answers for it, a name of at most {LongestName} characters.";
        if (!IsText(Reason, LongestReason)) yield return $"reason must say why, in at most {LongestReason} characters.";
        if (Ticket is not null && !IsText(Ticket, LongestName)) yield return $"ticket must be a text of at most {LongestName} characters.";

        var (startsAt, endsAt) = (ApiTime.Read(StartsAt), ApiTime.Read(EndsAt));
        if (StartsAt is not null && startsAt is null) yield return "startsAt must be a time such as 2026-11-24T09:00:00Z.";
        if (endsAt is null) yield return "endsAt must be a time such as 2026-12-24T09:00:00Z: an exception item without an end is forgotten, not ended.";

        var from = startsAt > now ? startsAt.Value : now;
        if (endsAt <= now) yield return "endsAt must lie in the future.";
        else if (endsAt <= startsAt) yield return "endsAt must lie after startsAt.";
        else if (endsAt - from > maximumLife)
            yield return $"endsAt must lie at most {maximumLife.TotalDays:0.##} days after now, or after startsAt if that is later (Exceptions:MaximumLife).";

        foreach (var fault in Recurrence?.FindFaults(now) ?? []) yield return fault;
    }

    public static IEnumerable<string> FindFaultsOfCondition(JsonElement? condition)
    {
        if (CoveredFields.FindFaults(condition) is { Count: > 0 } faults) return faults;

        var kql = CoveredFields.ToKql(condition)!;
        if (kql.Length == 0) return ["condition must not be empty: it would cover everything."];
        if (kql.Length > LongestCondition) return [$"condition must be at most {LongestCondition} characters long as KQL. Split it into several exception items."];
        if (KqlQuery.Check(kql) is { } error) return [$"condition is no KQL. {error}"];

        return WideConditions.FindFault(KqlQuery.Parse(kql)) is { } fault ? [fault] : [];
    }

    /// <summary>Sentences about what is allowed and probably not meant.</summary>
    public static IReadOnlyList<string> FindWarningsOfCondition(JsonElement? condition)
    {
        var query = KqlQuery.Parse(CoveredFields.ToKql(condition)!);
        return [.. query.FindWarnings(), .. WideConditions.FindWarning(query) is { } wide ? (string[])[wide] : []];
    }

    public Coverage ToCoverage() => new(KqlQuery.Parse(CoveredFields.ToKql(Condition)!), Recurrence?.ToRecurrence(), startsAt: null, endsAt: null);

    public ExceptionItem ToExceptionItem(string id, DateTimeOffset createdAt, string createdBy, DateTimeOffset now, string by) => new()
    {
        Id = id,
        Condition = CoveredFields.ToKql(Condition)!,
        Owner = Owner!.Trim(),
        Reason = Reason!.Trim(),
        Ticket = Ticket?.Trim(),
        StartsAt = ApiTime.Read(StartsAt),
        EndsAt = ApiTime.Read(EndsAt)!.Value,
        RecurrenceCron = Recurrence?.Cron!.Trim(),
        RecurrenceSeconds = (long?)Recurrence?.LengthOrNull!.Value.TotalSeconds,
        RecurrenceTimeZone = Recurrence?.TimeZone!.Trim(),
        CreatedAt = createdAt,
        CreatedBy = createdBy,
        ChangedAt = now,
        ChangedBy = by,
    };

    // They end up in logs and notices, a line each.
    private static bool IsText(string? text, int longest) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Any(char.IsControl);
}

/// <summary>When its windows begin, how long each is, and by whose clocks.</summary>
internal sealed record RecurrenceRequest(string? Cron, string? Duration, string? TimeZone)
{
    internal TimeSpan? LengthOrNull => LengthOfTime.Read(Duration);

    public Recurrence ToRecurrence() => new(Cron!.Trim(), LengthOrNull!.Value, TimeZone!.Trim());

    public IEnumerable<string> FindFaults(DateTimeOffset now)
    {
        if (Recurrence.FindFault(Cron?.Trim()) is { } fault)
            yield return $"recurrence.cron must be a cron expression of five fields, such as 0 22 * * 5. {fault}";
        else if (!Recurrence.EverHappens(Cron!.Trim(), now))
            yield return "recurrence.cron must name a time that comes.";

        if (LengthOrNull is not { } length || length < Recurrence.Shortest || length > Recurrence.Longest)
            yield return "recurrence.duration must be a length of time from 00:01:00 to 7.00:00:00, such as 08:00:00 or 1.00:00:00 for a day.";
        if (!Recurrence.IsTimeZone(TimeZone?.Trim())) yield return "recurrence.timeZone must be a time zone such as Europe/Berlin or Etc/UTC.";
    }
}
