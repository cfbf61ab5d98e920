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
            .WithSummary("Lists the configured notifiers, and how many notifications of each are pending, sent and abandoned.")
            .WithDescription("destination is where it tells, without what is a credential. What was abandoned: GET /api/notifications?state=abandoned.")
            .WithResponseExample<Page<NotifierSummary>>(200, """{"items":[{"name":"secops","type":"slack","destination":"hooks.slack.com","perSecond":1,"pending":0,"sent":12,"abandoned":0}],"nextCursor":null}""")
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
        [AsParameters] PageQuery page, Notifiers notifiers, NotificationReader reader, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;

        // They stand in the configuration's order, so a place in the list is a number.
        var skipped = 0;
        if (page.CursorOrNull is { } place && !int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out skipped)) return PageQuery.CursorFault;

        var counts = (await reader.CountAsync(cancellationToken)).ToDictionary(count => (count.Notifier, count.State), count => count.Count);
        long Count(INotifier notifier, string state) => counts.GetValueOrDefault((notifier.Name, state));
        var found = notifiers.All.Skip(skipped).Take(page.LimitOrDefault + 1).Select(notifier => new NotifierSummary(
            notifier.Name, notifier.Options.Type, notifier.Destination, notifier.Options.PerSecond,
            Count(notifier, "pending"), Count(notifier, "sent"), Count(notifier, "abandoned"))).ToArray();
        return TypedResults.Ok(page.Of(found, _ => $"{skipped + page.LimitOrDefault}"));
    }

    private static async Task<IResult> TestAsync(
        string name, HttpContext context, Notifiers notifiers, SharedCommit commit, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (notifiers.Find(name) is not { } notifier)
            return Problem.NotFound("There is no notifier of that name; GET /api/notifiers lists them, Notifiers:{name} configures one.");

        // Before it is sent: what has been sent cannot be taken back if it could not be written down.
        await commit.RunAsync(
            transaction => AuditTrail.AddAsync(transaction, AuditAct.NotifierTested, context.OperatorName(), notifier.Name), cancellationToken);
        var result = await notifier.AttemptAsync(TestNotice.Compose(notifier.Name, clock.GetUtcNow()), cancellationToken);
        var word = result switch { NotificationResult.Sent => "sent", NotificationResult.Retry => "retry", _ => "giveUp" };
        return TypedResults.Ok(new NotifierTest(notifier.Name, word, result.Answer));
    }

    /// <summary>A configured notifier.</summary>
    /// <param name="Name">The name it is configured under.</param>
    /// <param name="Type">slack, email or webhook.</param>
    /// <param name="Destination">Where it tells, without what is a credential.</param>
    /// <param name="PerSecond">How many notifications it may send a second.</param>
    /// <param name="Pending">How many notifications are still being tried.</param>
    /// <param name="Sent">How many were sent.</param>
    /// <param name="Abandoned">How many were given up.</param>
    internal sealed record NotifierSummary(string Name, string Type, string Destination, double PerSecond, long Pending, long Sent, long Abandoned);

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
