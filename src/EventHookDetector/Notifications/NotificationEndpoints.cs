using EventHookDetector.Audit;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.Notifications;

/// <summary>Who was told, who is still to be told, and another try for who could not be.</summary>
internal static class NotificationEndpoints
{
    private const string Example =
        """
        {
          "id": "019ab3f0-8f4b-7a20-b1f7-3c1e5d1f0a52", "kind": "alert", "subject": "019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01",
          "notifier": "secops", "state": "abandoned", "attempts": 28,
          "createdAt": "2026-11-24T09:15:06.1Z", "dueAt": "2026-11-25T09:15:06.1Z", "giveUpAt": "2026-11-25T09:15:06.1Z",
          "lastAttemptAt": "2026-11-25T09:15:06.4Z", "lastError": "500: the channel is out of order.", "answer": null, "sentAt": null
        }
        """;

    private static readonly string[] States = ["pending", "sent", "abandoned"];

    public static void MapNotifications(this IEndpointRouteBuilder app)
    {
        var notifications = app.MapGroup("/api/notifications").WithTags(Tags.Notifications).RequireOperator();

        notifications.MapGet("", ListAsync)
            .WithName("ListNotifications")
            .WithSummary("Lists notifications, newest first.")
            .WithDescription("A notification that nobody heard of is found with state=abandoned.")
            .WithParameter("state", "pending: still being tried. abandoned: refused for good, or tried in vain for a day.")
            .WithParameter("notifier", "The name under which it is configured.")
            .WithWords("state", States)
            .WithResponseExample<Page<Notification>>(200, $$"""{"items":[{{Example}}],"nextCursor":null}""")
            .ProducesProblems(400, 401, 503);

        notifications.MapPost("/{id}/retry", RetryAsync)
            .RequireResponder()
            .WithName("RetryNotification")
            .WithSummary("Tries a notification again now, and for another day if need be.")
            .WithDescription("For what was abandoned, once the channel is mended. 409 if it was sent or is being sent: what was told is not told again.")
            .WithResponseExample<Notification>(200, Example.Replace("abandoned", "pending", StringComparison.Ordinal))
            .ProducesProblems(401, 403, 404, 409, 503);

        app.MapNotifiers();
    }

    private static async Task<IResult> ListAsync(
        [FromQuery] string? state, [FromQuery] string? notifier, [AsParameters] PageQuery page, NotificationReader reader, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;
        if (state is not null && !States.Contains(state, StringComparer.OrdinalIgnoreCase))
            return Problem.BadRequest($"state must be one of {string.Join(", ", States)}.");

        var found = await reader.ListAsync(state, notifier, page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        return TypedResults.Ok(page.Of(found, notification => notification.Id));
    }

    private static async Task<IResult> RetryAsync(
        string id, HttpContext context, NotificationReader reader, Outbox outbox, Notifiers notifiers, SharedCommit commit, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(id, cancellationToken) is not { } notification) return Problem.NotFound("There is no notification of that id.");
        if (notifiers.Find(notification.Notifier) is null)
            return Problem.Conflict("Its notifier is no longer configured; configure one under the same name (Notifiers:{name}) to try again.");
        if (!await commit.RunAsync(transaction => TryReviveAsync(transaction, outbox, notification, context.OperatorName()), cancellationToken))
            return Problem.Conflict("It was sent, or is being sent at this moment. What was told is not told again.");

        return TypedResults.Ok(await reader.FindAsync(id, cancellationToken));
    }

    private static async Task<bool> TryReviveAsync(DetectorTransaction transaction, Outbox outbox, Notification notification, string by)
    {
        if (!await outbox.TryReviveAsync(transaction, notification.Id)) return false;

        await AuditTrail.AddAsync(
            transaction, AuditAct.NotificationRetried, by, notification.Id, new { notification.Kind, notification.Subject, notification.Notifier });
        return true;
    }
}
