using System.ComponentModel.DataAnnotations;
using System.Globalization;
using EventHookDetector.Audit;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>The channels, and a test of each.</summary>
internal static class NotifierEndpoints
{
    public static void MapNotifiers(this IEndpointRouteBuilder app)
    {
        var notifiers = app.MapGroup("/api/notifiers").WithTags(Tags.Notifiers).RequireOperator();

        notifiers.MapGet("", ListAsync)
            .WithName("ListNotifiers")
            .WithSummary("Lists the configured notifiers: the state of each, and how many notifications are pending, sent and abandoned.")
            .WithDescription(
                "state: ok, or down after five failures in a row; a channel that is down is tried every 30 seconds with one notification, and the others wait. "
                + "heldUntil: nothing is sent before, because the channel is down or asked for it (Retry-After). sent counts all that were ever sent; "
                + "pending and abandoned are counted up to 100000. destination shows no credentials. Abandoned ones: GET /api/notifications?state=abandoned.")
            .WithResponseExample<Page<NotifierSummary>>(200, """{"items":[{"name":"secops","type":"slack","destination":"hooks.slack.com","perSecond":1,"state":"ok","pending":0,"sent":12,"abandoned":0,"lastSentAt":"2026-11-24T09:15:06.1Z","lastError":null,"heldUntil":null}],"nextCursor":null}""")
            .ProducesProblems(400, 401, 503);

        notifiers.MapPost("/{name}/test", TestAsync)
            .RequireResponder()
            .WithName("TestNotifier")
            .WithSummary("Sends a test through a notifier, at once, and shows what the channel answered.")
            .WithDescription("result: sent (the channel took it), retry (it may take it later) or giveUp (it never will). answer: the channel's own words.")
            .WithResponseExample<NotifierTest>(200, """{"notifier":"secops","result":"giveUp","answer":"404 no_service"}""")
            .ProducesProblems(401, 403, 404, 503);
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] PageQuery page, Notifiers notifiers, NotificationReader reader, Database database, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;

        // They stand in the configuration's order, so a place in the list is a number.
        var skipped = 0;
        if (page.CursorOrNull is { } place && !int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out skipped)) return PageQuery.CursorFault;

        var found = new List<NotifierSummary>();
        foreach (var notifier in notifiers.All.Skip(skipped).Take(page.LimitOrDefault + 1))
        {
            var state = await NotifierState.FindAsync(database, notifier.Name, cancellationToken);
            found.Add(new(
                notifier.Name, notifier.Options.Type, notifier.Destination, notifier.Options.PerSecond, state is { IsDown: true } ? "down" : "ok",
                await reader.CountAsync(notifier.Name, Outbox.Pending, cancellationToken), state?.Sent ?? 0,
                await reader.CountAsync(notifier.Name, Outbox.Abandoned, cancellationToken), state?.LastSentAt, state?.LastError, state?.HeldUntil));
        }

        return TypedResults.Ok(page.Of(found, _ => $"{skipped + page.LimitOrDefault}"));
    }

    private static async Task<IResult> TestAsync(
        string name, HttpContext context, Notifiers notifiers, SharedCommit commit, Database database, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (notifiers.Find(name) is not { } notifier)
            return Problem.NotFound("There is no notifier of that name; GET /api/notifiers lists them, Notifiers:{name} configures one.");

        // Before it is sent: what has been sent cannot be taken back if it could not be written down.
        await commit.RunAsync(
            transaction => AuditTrail.AddAsync(transaction, AuditAct.NotifierTested, context.OperatorName(), notifier.Name), cancellationToken);
        if (await NotifierState.FindAsync(database, notifier.Name, cancellationToken) is { } state && state.IsQuietAt(clock.GetUtcNow()))
            return TypedResults.Ok(new NotifierTest(notifier.Name, "retry", $"Nothing was sent: the channel asked for no requests until {state.HeldUntil:yyyy-MM-dd HH:mm:ss} UTC. It said: {state.LastError}"));

        var result = await notifier.AttemptAsync(TestNotice.Compose(notifier.Name, clock.GetUtcNow()), cancellationToken);
        await commit.RunAsync(transaction => NotifierState.RecordAsync(transaction, notifier.Name, result), CancellationToken.None);
        var word = result switch { NotificationResult.Sent => "sent", NotificationResult.Retry => "retry", _ => "giveUp" };
        return TypedResults.Ok(new NotifierTest(notifier.Name, word, result.Answer));
    }

    /// <summary>A configured notifier.</summary>
    /// <param name="Name">The name it is configured under.</param>
    /// <param name="Type">slack, email or webhook.</param>
    /// <param name="Destination">Where it tells, without what is a credential.</param>
    /// <param name="PerSecond">How many notifications it may send a second.</param>
    /// <param name="State">ok or down.</param>
    /// <param name="Pending">How many notifications are pending.</param>
    /// <param name="Sent">How many were ever sent.</param>
    /// <param name="Abandoned">How many are abandoned.</param>
    /// <param name="LastSentAt">When one was last sent.</param>
    /// <param name="LastError">Why the last attempt failed; null after a success.</param>
    /// <param name="HeldUntil">Before this time nothing is sent; null if the channel is not held back.</param>
    internal sealed record NotifierSummary(
        string Name, string Type, string Destination, double PerSecond, [property: AllowedValues("ok", "down")] string State,
        long Pending, long Sent, long Abandoned, DateTimeOffset? LastSentAt, string? LastError, DateTimeOffset? HeldUntil);

    /// <summary>What a channel answered to a test.</summary>
    /// <param name="Notifier">The notifier's name.</param>
    /// <param name="Result">sent, retry or giveUp.</param>
    /// <param name="Answer">The channel's own words.</param>
    internal sealed record NotifierTest(string Notifier, [property: AllowedValues("sent", "retry", "giveUp")] string Result, string Answer);
}

/// <summary>A test in words.</summary>
internal static class TestNotice
{
    public static Notice Compose(string notifier, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now).ToString();
        return new Notice
        {
            Id = id,
            Thread = id,
            Type = "notifier.test",
            Timestamp = now,
            Title = "Test of EventHookDetector",
            Summary = $"An operator tested the notifier {notifier}. Nothing has happened; alerts will arrive the same way.",
            Facts = [new("Notifier", notifier), new("Sent", $"{now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")],
            Data = new { notifier },
        };
    }
}
