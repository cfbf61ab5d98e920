using System.Text;
using EventHookDetector.Audit;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using EventHookDetector.Storage;

namespace EventHookDetector.EventHook;

/// <summary>What Okta sent and we could not read: look at it, and try again after a fix.</summary>
internal static class QuarantineEndpoints
{
    private const int MostListed = 200;

    private static readonly TimeSpan LongestReplay = TimeSpan.FromSeconds(5);

    public static void MapQuarantine(this IEndpointRouteBuilder app)
    {
        var quarantine = app.MapGroup("/api/quarantine").WithTags(Tags.Quarantine).RequireOperator();

        quarantine.MapGet("", ListAsync)
            .WithName("ListQuarantine")
            .WithSummary("Lists what was received with the right secret and could not be read, newest first.")
            .WithDescription("forgotten counts the items that had to make room for newer ones or became too old (Quarantine:MaxItems, MaxBytes, MaxAge).")
            .WithResponseExample<QuarantineList>(200, """{"items":[{"id":"019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01","kind":"body","reason":"The body is not JSON: it breaks at line 1, byte 812 of that line.","org":"example.okta.com","receivedAt":"2026-11-24T09:15:06.1Z","size":811,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","replayedAt":null,"replayResult":null}],"nextCursor":null,"forgotten":0}""")
            .ProducesProblems(400, 401, 503);

        quarantine.MapGet("/{id}", FindAsync)
            .WithName("GetQuarantineItem")
            .WithSummary("Shows one item with its content, as text.")
            .WithDescription("content is empty if the body was longer than EventHook:MaxBodyBytes. size and sha256 are of what was kept.")
            .WithResponseExample<QuarantineContent>(200, """{"item":{"id":"019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01","kind":"body","reason":"The body is not JSON: it breaks at line 1, byte 812 of that line.","org":"example.okta.com","receivedAt":"2026-11-24T09:15:06.1Z","size":811,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","replayedAt":null,"replayResult":null},"content":"{\"eventType\":\"com.okta.event_hook\", …"}""")
            .ProducesProblems(401, 404, 503);

        quarantine.MapPost("/{id}/replay", ReplayAsync)
            .RequireResponder()
            .WithName("ReplayQuarantineItem")
            .WithSummary("Reads an item again, as if Okta had just delivered it.")
            .WithDescription("Harmless to repeat: a log event that was seen before ends as duplicate. The item stays, with the result noted on it. Of a large item the first 200 log events are listed; what takes longer than five seconds continues in the background.")
            .WithResponseExample<ReplayedItem>(200, """{"id":"019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01","defect":null,"logEvents":[{"uuid":"5b8b7c60-c8f4-11f0-9a3d-0242ac120001","outcome":"alerted","because":null}],"notListed":0,"continues":false,"notMatched":3}""")
            .ProducesProblems(401, 403, 404, 409, 503);
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] PageQuery page, QuarantineReader reader, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;

        var (items, forgotten) = await reader.ListAsync(page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        var shown = page.Of(items, item => item.Id);
        return TypedResults.Ok(new QuarantineList(shown.Items, shown.NextCursor, forgotten));
    }

    private static async Task<IResult> FindAsync(string id, QuarantineReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync(id, cancellationToken) is { } found
            ? TypedResults.Ok(new QuarantineContent(found.Item, Encoding.UTF8.GetString(found.Content)))
            : NoSuchItem();

    private static async Task<IResult> ReplayAsync(
        string id, HttpContext context, QuarantineReader reader, Quarantine quarantine, Inspection inspection, UnfinishedItems unfinished, SharedCommit commit, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(id, cancellationToken) is not { } found)
            return NoSuchItem();
        if (found.Content.Length == 0)
            return Problem.Conflict("Nothing of this item was kept: it was empty, or longer than EventHook:MaxBodyBytes. Look for the log events in Okta's System Log.");

        // Before it is replayed, for its log events are committed one by one.
        await commit.RunAsync(
            transaction => AuditTrail.AddAsync(
                transaction, AuditAct.QuarantineReplayed, context.OperatorName(), found.Item.Id, new { found.Item.Kind, found.Item.Size, found.Item.Sha256 }),
            cancellationToken);

        // A log event is replayed inside the smallest delivery there is, so that there is one way of reading.
        var delivery = inspection.Read(found.Item.Kind == QuarantineKind.LogEvent ? DeliveryReader.Envelope(found.Item.Org, found.Content) : found.Content);
        using var until = new CancellationTokenSource(LongestReplay, clock);
        var inspected = await inspection.OfDeliveryAsync(delivery, clock.GetUtcNow(), until.Token);
        var replayed = new ReplayedItem(
            found.Item.Id,
            inspected.Delivery.Defect,
            [.. inspected.LogEvents.Take(MostListed).Select(logEvent => new ReplayedLogEvent(logEvent.LogEvent.Uuid, logEvent.Result.Outcome, logEvent.Result.Because))],
            inspected.Delivery.LogEvents.Count - Math.Min(MostListed, inspected.LogEvents.Count),
            !inspected.IsWhole,
            inspected.Delivery.Unwanted);
        if (replayed.Continues) await unfinished.ContinueAsync(found.Item.Id);
        else await quarantine.MarkReplayedAsync(found.Item.Id, replayed.InOneLine);
        return TypedResults.Ok(replayed);
    }

    private static IResult NoSuchItem() =>
        Problem.NotFound("There is no item of that id in the quarantine; the oldest make room for newer ones.");

    /// <summary>One page of the quarantine.</summary>
    /// <param name="Items">The items, newest first.</param>
    /// <param name="NextCursor">To be sent as <c>cursor</c> for the next page; null on the last one.</param>
    /// <param name="Forgotten">How many items had to make room for newer ones or became too old.</param>
    internal sealed record QuarantineList(IReadOnlyList<QuarantineItem> Items, string? NextCursor, long Forgotten);

    /// <summary>One item with what it holds.</summary>
    /// <param name="Item">The item.</param>
    /// <param name="Content">What came, as text.</param>
    internal sealed record QuarantineContent(QuarantineItem Item, string Content);

    /// <summary>What came of a replay.</summary>
    /// <param name="Id">The item.</param>
    /// <param name="Defect">Why it still is no delivery; null if it is one now.</param>
    /// <param name="LogEvents">How the story of each log event ended that a rule could match or that could not be read.</param>
    /// <param name="NotListed">The number of such log events behind the first 200.</param>
    /// <param name="Continues">Whether the rest is inspected in the background; the item shows the result when that is done.</param>
    /// <param name="NotMatched">How many others there were.</param>
    internal sealed record ReplayedItem(string Id, string? Defect, IReadOnlyList<ReplayedLogEvent> LogEvents, int NotListed, bool Continues, int NotMatched)
    {
        internal string InOneLine => string.Join(", ", new[] { Defect ?? "Read." }.Concat(LogEvents.Select(logEvent => $"{logEvent.Uuid}: {logEvent.Outcome}")).Take(20));
    }

    /// <summary>How the story of one log event ended this time.</summary>
    internal sealed record ReplayedLogEvent(string Uuid, Detection.DetectionOutcome Outcome, string? Because);
}
