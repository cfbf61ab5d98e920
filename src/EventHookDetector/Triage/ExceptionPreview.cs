using System.Text.Json;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta;
using EventHookDetector.Storage;

namespace EventHookDetector.Triage;

/// <summary>Tries a condition on what was kept: which log events would it have covered?</summary>
internal sealed class ExceptionPreview(Database database)
{
    private const int Shown = 50;

    // Beside a limited number: a log event may have megabytes.
    private const long MostBytes = 32 * 1024 * 1024;

    /// <summary>One log event at a time, so that ninety days of them need no more memory than one.</summary>
    /// <param name="coverage">What to try.</param>
    /// <param name="since">How far back.</param>
    /// <param name="most">How many log events are examined at most, the newest first; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ExceptionPreviewAnswer> OfAsync(Coverage coverage, DateTimeOffset since, int? most, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var (examined, covered, bytes, newest) = (0, 0, 0L, new List<CoveredAlert>());
        var rows = connection.QueryUnbufferedAsync<Row>(
            """
            SELECT id, outcome, uuid, org, event_type, published, received_at, actor_login, actor_id, target_login, target_id, raw
            FROM alerts WHERE id >= @Since ORDER BY id DESC
            """,
            new { Since = AlertIds.FirstAt(since) });
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            if (examined == most || bytes > MostBytes) break;

            examined++;
            bytes += most is null ? 0 : row.Raw.Length;
            var logEvent = new LogEvent(row.Raw, row.EventType, row.Org);
            if (!coverage.Covers(logEvent, row.Published ?? row.ReceivedAt)) continue;

            covered++;
            if (newest.Count < Shown) newest.Add(row.ToCoveredAlert(logEvent.Fields.TargetUsers));
        }

        return new ExceptionPreviewAnswer(examined, covered, newest, Warnings: []);
    }

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string Outcome { get; init; }

        public required string Uuid { get; init; }

        public string? Org { get; init; }

        public required string EventType { get; init; }

        public DateTimeOffset? Published { get; init; }

        public required DateTimeOffset ReceivedAt { get; init; }

        public string? ActorLogin { get; init; }

        public string? ActorId { get; init; }

        public string? TargetLogin { get; init; }

        public string? TargetId { get; init; }

        public required byte[] Raw { get; init; }

        public CoveredAlert ToCoveredAlert(IReadOnlyList<Subject> targets) => new(
            Id, Uuid, Outcome, ActorLogin ?? ActorId,
            targets.Count < 2 ? TargetLogin ?? TargetId : string.Join(", ", targets.Select(target => target.AlternateId ?? target.Id).OfType<string>()),
            Published);
    }
}

/// <summary>What to try: a condition, with its recurring window if it has one.</summary>
internal sealed record ExceptionPreviewRequest(JsonElement? Condition, RecurrenceRequest? Recurrence, int? Days)
{
    private const int MostDays = 90;

    internal int DaysOrDefault => Days ?? 7;

    public IEnumerable<string> FindFaults(DateTimeOffset now)
    {
        foreach (var fault in ExceptionItemRequest.FindFaultsOfCondition(Condition)) yield return fault;
        foreach (var fault in Recurrence?.FindFaults(now) ?? []) yield return fault;
        if (DaysOrDefault is < 1 or > MostDays) yield return $"days must be a whole number from 1 to {MostDays}.";
    }

    public Coverage ToCoverage() => new(
        KqlQuery.Parse(CoveredFields.ToKql(Condition)!),
        Recurrence?.ToRecurrence(),
        startsAt: null,
        endsAt: null);
}

/// <summary>What it would have covered.</summary>
/// <param name="Examined">How many log events were kept in that time.</param>
/// <param name="Covered">Number of these log events that the item would have covered.</param>
/// <param name="Items">The newest of these, at most fifty.</param>
/// <param name="Warnings">Sentences about what is allowed in the condition and probably not meant; empty if there is nothing.</param>
internal sealed record ExceptionPreviewAnswer(int Examined, int Covered, IReadOnlyList<CoveredAlert> Items, IReadOnlyList<string> Warnings)
{
    public const string Example =
        """
        {
          "examined": 42, "covered": 1,
          "items": [
            { "id": "019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01", "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001", "outcome": "alerted",
              "actor": "helpdesk.one@example.com", "target": "ada.byron@example.com", "published": "2026-11-24T09:15:01.417Z" }
          ],
          "warnings": []
        }
        """;
}

/// <summary>One of them. Several targets are separated by commas.</summary>
internal sealed record CoveredAlert(string Id, string Uuid, string Outcome, string? Actor, string? Target, DateTimeOffset? Published);
