using System.Globalization;
using System.Text.Json.Serialization;
using Dapper;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>Reading windows.</summary>
internal static class WindowEndpoints
{
    private const string Example =
        """
        {
          "items": [
            {
              "ruleId": "729aa18d-06a6-41c7-b175-b65b739b1181", "start": "2026-11-24T09:15:00Z", "end": "2026-11-24T09:20:00Z",
              "cap": 100, "alerted": 100, "capped": 12, "digestAt": "2026-11-24T09:20:05.2Z"
            }
          ],
          "nextCursor": null
        }
        """;

    public static void MapWindows(this IEndpointRouteBuilder app) => app.MapGet("/api/windows", ListAsync)
        .WithTags(Tags.Windows)
        .RequireOperator()
        .WithName("ListWindows")
        .WithSummary("Lists windows with how many alerts they held and how many they withheld, newest first.")
        .WithDescription(
            "A window appears with its first alert. alerted may exceed cap: the first log event of another actor or target passes a full "
            + "window, up to ten times the cap. digestAt is when the digest of what it withheld was written; null if there was nothing, or "
            + "it is not over.")
        .WithResponseExample<Page<WindowRow>>(200, Example)
        .ProducesProblems(400, 401, 503);

    private static async Task<IResult> ListAsync([AsParameters] PageQuery page, Database database, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;
        if (page.CursorOrNull is { } text && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return PageQuery.CursorFault;

        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var where = new Where()
            .And("id < @Before", "Before", page.CursorOrNull is { } cursor ? long.Parse(cursor, CultureInfo.InvariantCulture) : null)
            .With("Limit", page.LimitOrDefault + 1);
        var rows = await connection.QueryAsync<WindowRow>(new CommandDefinition(
            $"""
            SELECT id, rule_id, window_start AS start, window_end AS "end", cap, alerted, capped, digest_at
            FROM alert_windows {where} ORDER BY id DESC LIMIT @Limit
            """,
            where.Values,
            cancellationToken: cancellationToken));
        return TypedResults.Ok(page.Of([.. rows], row => row.Id.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>One window of one rule.</summary>
    internal sealed record WindowRow
    {
        [JsonIgnore]
        public long Id { get; init; }

        public required string RuleId { get; init; }

        public required DateTimeOffset Start { get; init; }

        public required DateTimeOffset End { get; init; }

        /// <summary>The cap: how many alerts it has room for; newcomers aside.</summary>
        public required long Cap { get; init; }

        /// <summary>How many alerts people were told of.</summary>
        public required long Alerted { get; init; }

        /// <summary>How many it withheld.</summary>
        public required long Capped { get; init; }

        /// <summary>When its digest was written; null if it withheld nothing or is not over.</summary>
        public DateTimeOffset? DigestAt { get; init; }
    }
}
