using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Http.Timeouts;

namespace EventHookDetector.Dashboard;

/// <summary>How things stand: once, or live.</summary>
internal static class OverviewEndpoints
{
    private const string Example =
        """
        {
          "at": "2026-11-24T09:16:00Z", "isComplete": true,
          "source": { "lastDeliveryAt": "2026-11-24T09:15:58.2Z", "refusedLastHour": 0, "quarantined": 0 },
          "database": { "isHealthy": true, "description": null },
          "day": [ { "start": "2026-11-24T09:15:00Z", "end": "2026-11-24T09:30:00Z", "alerted": 1, "capped": 0, "excepted": 2, "expected": 0 } ],
          "windows": [ { "start": "2026-11-24T09:15:00Z", "end": "2026-11-24T09:20:00Z", "alerted": 1, "capped": 0, "excepted": 2, "expected": 0 } ],
          "alerted": {
            "count": 1, "open": 1,
            "mostSevere": { "id": "019ab3f0-8f14-7d10-a53f-5b8b7c60c8f4", "severity": "medium", "targetLogin": "ada.byron@example.com" }
          },
          "newest": [
            {
              "id": "019ab3f0-8f14-7d10-a53f-5b8b7c60c8f4", "outcome": "alerted", "because": null, "severity": "medium",
              "severityReasons": [ "It was done with an API token." ], "status": "open",
              "ruleName": "Attempt to Reset MFA Factors for an Okta User Account",
              "actorLogin": "helpdesk.one@example.com", "targetLogin": "ada.byron@example.com",
              "published": "2026-11-24T09:15:02.417Z", "receivedAt": "2026-11-24T09:15:06.1Z", "toldAt": "2026-11-24T09:15:06.3Z",
              "channels": 1, "channelsTold": 1, "channelsPending": 0
            }
          ],
          "channels": [
            {
              "name": "secops", "type": "slack", "health": "ok", "pending": 0, "abandoned": 0, "waitingSince": null,
              "lastSentAt": "2026-11-24T09:15:06.3Z", "lastError": null
            }
          ],
          "lag": {
            "alerts": 1, "untold": 0,
            "publishedToReceived": { "median": 3.683, "longest": 3.683 }, "receivedToTold": { "median": 0.2, "longest": 0.2 }
          }
        }
        """;

    public static void MapOverview(this IEndpointRouteBuilder app)
    {
        var overview = app.MapGroup("/api/overview").WithTags(Tags.Overview).RequireOperator();

        overview.MapGet("", async (OverviewReader reader, CancellationToken cancellationToken) => TypedResults.Ok(await reader.ReadAsync(cancellationToken)))
            .WithName("GetOverview")
            .WithSummary("Shows how things stand: the alerts of the last 24 hours, the channels, and how long it takes.")
            .WithDescription(
                "What the page at / shows. day: the last 24 hours in quarters of an hour; windows: the last two hours in windows of five "
                + "minutes; a window of a rule counts where it begins, and everything is in the time of receipt. newest holds alerts of every outcome; "
                + "channels of one says how many are to tell it, and toldAt when the first one did. source: lastDeliveryAt, refusedLastHour (401s of the hook) "
                + "and quarantined are of all replicas. channels, those that fail first: failing means that "
                + "the last notification, or the oldest one that is pending, was not taken, and lastError says why. lag: of the newest alerts, at most 50, in seconds.")
            .WithResponseExample<Overview>(200, Example)
            .ProducesProblems(401, 503);

        overview.MapGet("/stream", Watch)
            .WithMetadata(new DisableRequestTimeoutAttribute())
            .WithName("WatchOverview")
            .WithSummary("The same every two seconds, as server-sent events.")
            .WithDescription(
                "Each event is named overview, and its data is what GET /api/overview answers. It ends after ten minutes and when the detector "
                + "is about to stop: ask again. It also ends soon after the key or token no longer opens anything. "
                + $"At most {OverviewFeed.MostWatchers} may watch one replica, {OverviewFeed.MostOfOne} of them as one operator, and 503 says that no place is left. "
                + "For curl -N and programs: Swagger UI shows nothing before the end.")
            .WithStreamExample($"event: overview\ndata: {System.Text.Json.Nodes.JsonNode.Parse(Example)!.ToJsonString()}\n\n")
            .ProducesProblems(401, 503);
    }

    private static IResult Watch(HttpContext context, OverviewFeed feed, CancellationToken cancellationToken)
    {
        if (feed.TakePlace(context.OperatorName(), out var because) is not { } place)
            return TypedResults.Problem($"{because} Close a page that is open somewhere, or use GET /api/overview.", statusCode: StatusCodes.Status503ServiceUnavailable);

        context.LeaveLimits();
        context.Response.RegisterForDispose(place);
        context.Response.Headers["X-Accel-Buffering"] = "no";   // or nginx would collect some of it first
        return TypedResults.ServerSentEvents(feed.WatchAsync(context.IsStillLetInAsync, cancellationToken));
    }
}
