using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using EventHookDetector.Okta.Ecs;
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
            .WithSummary("Lists alerts, newest first.")
            .WithDescription(
                "What waits for somebody is found with status=open and outcome=alerted. Filters can be combined. What is merged stands in merged of its alert.")
            .WithParameter("outcome", "alerted: people were told. capped: its window was full. excepted: an exception item covered it, or its rule does not alert on such an actor. expected: it was announced.")
            .WithParameter("status", "What people did with it; what nobody was told of is open too.")
            .WithParameter("actor", "Who did it: a login or an id of Okta's, in any letter case.")
            .WithParameter("target", "Whose factors: a login or an id of Okta's, in any letter case.")
            .WithParameter("rule", "A rule's id, from GET /api/rules.")
            .WithParameter("from", "When it happened, as ISO-8601: then or later.")
            .WithParameter("to", "When it happened, as ISO-8601: before then.")
            .WithWords("outcome", Enum.GetValues<AlertOutcome>().Select(AlertRecord.ToColumn))
            .WithWords("status", Enum.GetValues<AlertStatus>().Select(AlertRecord.ToColumn))
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
        if ((page.FindFault() ?? query.FindFault()) is { } fault) return fault;

        var found = await reader.ListAsync(query.ToFilter(), page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        return TypedResults.Ok(Page.Of(found, page.LimitOrDefault, alert => alert.Id));
    }

    private static async Task<IResult> FindAsync(string id, AlertReader reader, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return Problem.NotFound("There is no alert of that id.");

        var document = JsonSerializer.SerializeToNode(found.Alert, ApiJson.Options)!.AsObject();
        document["ecs"] = EcsDocument.Of(new LogEvent(found.Raw, found.Alert.EventType, found.Alert.Org));
        document["raw"] = ApiJson.RawOrText(found.Raw);
        document["rawSha256"] = found.RawHash;
        document["mergedRaw"] = new JsonArray([.. found.Merged.Select(merged => ApiJson.RawOrText(merged.Raw))]);
        return TypedResults.Content(document.ToJsonString(ApiJson.Options), "application/json", Encoding.UTF8);
    }

    /// <summary>The filters as they are typed in.</summary>
    internal sealed record AlertQuery(
        [FromQuery(Name = "outcome")] string? Outcome,
        [FromQuery(Name = "status")] string? Status,
        [FromQuery(Name = "actor")] string? Actor,
        [FromQuery(Name = "target")] string? Target,
        [FromQuery(Name = "rule")] string? Rule,
        [FromQuery(Name = "from")] string? From,
        [FromQuery(Name = "to")] string? To)
    {
        internal IResult? FindFault() => this switch
        {
            { Outcome: not null } when Word<AlertOutcome>(Outcome) is null => Problem.BadRequest($"outcome must be one of {Words<AlertOutcome>()}."),
            { Status: not null } when Word<AlertStatus>(Status) is null => Problem.BadRequest($"status must be one of {Words<AlertStatus>()}."),
            { From: not null } when ApiTime.Read(From) is null => Problem.BadRequest("from must be a time such as 2026-11-24T09:15:00Z."),
            { To: not null } when ApiTime.Read(To) is null => Problem.BadRequest("to must be a time such as 2026-11-24T09:15:00Z."),
            _ => null,
        };

        internal AlertFilter ToFilter() => new(Word<AlertOutcome>(Outcome), Word<AlertStatus>(Status), Actor, Target, Rule, ApiTime.Read(From), ApiTime.Read(To));

        private static T? Word<T>(string? text)
            where T : struct, Enum => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text!, ignoreCase: true) : null;

        private static string Words<T>()
            where T : struct, Enum => string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
    }
}
