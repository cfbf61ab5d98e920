using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.Alerts;

/// <summary>Reading alerts, and the routes of all that is about them.</summary>
internal static class AlertEndpoints
{
    public static void MapAlertLists(this IEndpointRouteBuilder app)
    {
        var alerts = app.MapGroup("/api/alerts").WithTags(Tags.Alerts).RequireOperator();

        alerts.MapGet("", ListAsync)
            .WithName("ListAlerts")
            .WithSummary("Lists alerts, newest first or most severe first.")
            .WithDescription(
                "status=open and outcome=alerted find the alerts that need an operator. Filters can be combined. The field merged of an alert lists its merged log events. "
                + "An alert of the list has no raw log event: GET /api/alerts/{id} shows it. Where alerts hold very much, a page may end before limit; nextCursor goes on behind it.")
            .WithParameter("severity", "Severities, separated by commas, such as high,critical.")
            .WithParameter("sort", "severity: the most severe first, and of one severity the newest. received: the newest first, which is the default. A cursor belongs to the order of its page.")
            .WithParameter("outcome", "alerted: people were told. capped: its window was full. excepted: an exception item covered it, or its rule does not alert on such an actor. expected: it was announced.")
            .WithParameter("status", "What people did with it; what nobody was told of is open too.")
            .WithParameter("actor", "Who did it: a login or an id of Okta's, in any letter case.")
            .WithParameter("target", "Whose factors: a login or an id of Okta's, in any letter case.")
            .WithParameter("rule", "A rule's id, from GET /api/rules.")
            .WithParameter("from", "When it happened, as ISO-8601: then or later.")
            .WithParameter("to", "When it happened, as ISO-8601: before then.")
            .WithWords("outcome", Enum.GetValues<AlertOutcome>().Select(AlertRecord.ToColumn))
            .WithWords("status", Enum.GetValues<AlertStatus>().Select(AlertRecord.ToColumn))
            .WithWords("sort", ["severity", "received"])
            .WithResponseExample<Page<Alert>>(200, $$"""{"items":[{{AlertExample.Alert}}],"nextCursor":null}""")
            .ProducesProblems(400, 401, 503);

        alerts.MapGet("/{id}", FindAsync)
            .WithName("GetAlert")
            .WithSummary("Shows one alert, with the log event as it came.")
            .WithDescription(
                "raw is the log event as it came; if it was cut off or is no JSON, it is shown as text. rawSha256 is the SHA-256 of "
                + "its bytes, in hexadecimal digits. ecs is the same as an ECS document, the way Elastic's Okta integration would index it: "
                + "what rules and exception items ask about in KQL. mergedRaw: the other log events of the same reset, in the order of merged.")
            .WithResponseExample<Alert>(200, AlertExample.AlertWithRaw)
            .ProducesProblems(401, 404, 503);

        app.MapAlertLife();
    }

    private static async Task<IResult> ListAsync([AsParameters] AlertQuery query, [AsParameters] PageQuery page, AlertReader reader, CancellationToken cancellationToken)
    {
        if ((query.FindFault() ?? page.FindFault(cursor => AlertCursor.Read(cursor, query.BySeverity) is not null)) is { } fault) return fault;

        var filter = query.ToFilter();
        var before = page.CursorOrNull is { } cursor ? AlertCursor.Read(cursor, filter.BySeverity) : null;
        var (alerts, isMore) = await reader.ListAsync(filter, before, page.LimitOrDefault, cancellationToken);
        return TypedResults.Ok(page.Of(alerts, isMore, alert => AlertCursor.Behind(alert, filter.BySeverity).ToString()));
    }

    private static async Task<IResult> FindAsync(string id, AlertReader reader, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return Problem.NotFound("There is no alert of that id.");

        return TypedResults.Stream(
            to => AlertDocument.WriteAsync(to, found, reader.MergedRawAsync(found.Alert.Id, cancellationToken), cancellationToken), "application/json; charset=utf-8");
    }

    /// <summary>The filters as they are typed in.</summary>
    internal sealed record AlertQuery(
        [FromQuery(Name = "outcome")] string? Outcome,
        [FromQuery(Name = "status")] string? Status,
        [FromQuery(Name = "actor")] string? Actor,
        [FromQuery(Name = "target")] string? Target,
        [FromQuery(Name = "rule")] string? Rule,
        [FromQuery(Name = "from")] string? From,
        [FromQuery(Name = "to")] string? To,
        [FromQuery(Name = "severity")] string? Severity,
        [FromQuery(Name = "sort")] string? Sort)
    {
        private static readonly string[] Orders = ["severity", "received"];

        internal bool BySeverity => string.Equals(Sort, Orders[0], StringComparison.OrdinalIgnoreCase);

        internal IResult? FindFault() => this switch
        {
            { Outcome: not null } when Word<AlertOutcome>(Outcome) is null => Problem.BadRequest($"outcome must be one of {Words<AlertOutcome>()}."),
            { Status: not null } when Word<AlertStatus>(Status) is null => Problem.BadRequest($"status must be one of {Words<AlertStatus>()}."),
            { Severity: not null } when Severities(Severity).Any(severity => severity is null) =>
                Problem.BadRequest($"severity must be one or more of {Words<AlertSeverity>()}, separated by commas."),
            { Sort: not null } when !Orders.Contains(Sort, StringComparer.OrdinalIgnoreCase) => Problem.BadRequest($"sort must be one of {string.Join(", ", Orders)}."),
            { From: not null } when ApiTime.Read(From) is null => Problem.BadRequest("from must be a time such as 2026-11-24T09:15:00Z."),
            { To: not null } when ApiTime.Read(To) is null => Problem.BadRequest("to must be a time such as 2026-11-24T09:15:00Z."),
            _ => null,
        };

        internal AlertFilter ToFilter() => new(Word<AlertOutcome>(Outcome), Word<AlertStatus>(Status), Actor, Target, Rule, ApiTime.Read(From), ApiTime.Read(To))
        {
            Severities = Severity is null ? null : [.. Severities(Severity).OfType<AlertSeverity>()],
            BySeverity = BySeverity,
        };

        private static IEnumerable<AlertSeverity?> Severities(string text) => text.Split(',', StringSplitOptions.TrimEntries).Select(Word<AlertSeverity>);

        private static T? Word<T>(string? text)
            where T : struct, Enum => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text!, ignoreCase: true) : null;

        private static string Words<T>()
            where T : struct, Enum => string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
    }
}
