using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Triage;

/// <summary>What shall not wake anybody, for whom, and until when.</summary>
internal static class ExceptionItemEndpoints
{
    private const string AddExample =
        """
        {
          "condition": "okta.actor.alternate_id:\"helpdesk.one@example.com\" and okta.client.ip:\"198.51.100.0/24\"",
          "owner": "grace.hopper@example.com", "reason": "Factors are reset during the yearly audit", "ticket": "SEC-1042",
          "endsAt": "2026-12-24T18:00:00Z"
        }
        """;

    private const string ChangeExample =
        """
        {
          "condition": "okta.actor.alternate_id:\"helpdesk.one@example.com\" and okta.client.ip:\"198.51.100.0/24\"",
          "owner": "grace.hopper@example.com", "reason": "Factors are reset during the yearly audit, in working hours only", "ticket": "SEC-1042",
          "endsAt": "2026-12-24T18:00:00Z",
          "recurrence": { "cron": "0 9 * * 1-5", "duration": "08:00:00", "timeZone": "Europe/Berlin" }
        }
        """;

    private const string Fields =
        "condition: a query in KQL, or an object with any of actor, target (a login or an id of Okta's, exactly as in the log event), ipRange "
        + "(198.51.100.0/24) and apiToken (its id), all of which must be met. endsAt: at most Exceptions:MaximumLife after now, or after startsAt if "
        + "that is later. recurrence: it covers only windows that begin when cron says so (five fields, by the clocks of timeZone) and last for "
        + "duration. Times are compared with when the log event happened. A condition that covers resets by an unknown actor, of an unknown target, "
        + "from an unknown address is refused. Every notifier is told of the item. 409 where Exceptions:MaxItems stand already. warnings names fields that no log event has, and characters that look like others.";

    public static void MapExceptionItems(this IEndpointRouteBuilder app)
    {
        var exceptions = app.MapGroup("/api/exceptions").WithTags(Tags.ExceptionItems).RequireOperator();

        exceptions.MapGet("", ListAsync)
            .WithName("ListExceptionItems")
            .WithSummary("Lists exception items, newest first, the ended ones too.")
            .WithDescription("state: planned (begins later), inForce, lapsed (its time is over), or ended (before its time). hits: how many log events it has covered.")
            .WithResponseExample<Page<ExceptionItemAnswer>>(200, $$"""{"items":[{{ExceptionItemAnswer.Example}}],"nextCursor":null}""")
            .ProducesProblems(400, 401, 503);

        exceptions.MapGet("/{id}", FindAsync)
            .WithName("GetExceptionItem")
            .WithSummary("Shows one exception item.")
            .WithDescription("What it covers, for how long, who wanted it and why, and how often it has covered something since.")
            .WithResponseExample<ExceptionItemAnswer>(200, ExceptionItemAnswer.Example)
            .ProducesProblems(401, 404, 503);

        exceptions.MapPost("", AddAsync)
            .RequireResponder()
            .WithName("AddExceptionItem")
            .WithSummary("Adds an exception item: what it covers is recorded, and wakes nobody.")
            .WithDescription(Fields)
            .WithRequestExample(AddExample)
            .WithResponseExample<ExceptionItemAnswer>(201, ExceptionItemAnswer.WrittenExample)
            .ProducesProblems(400, 401, 403, 409, 503);

        exceptions.MapPut("/{id}", ChangeAsync)
            .RequireResponder()
            .WithName("ChangeExceptionItem")
            .WithSummary("Changes an exception item that is not over: every field of it.")
            .WithDescription(Fields)
            .WithRequestExample(ChangeExample)
            .WithResponseExample<ExceptionItemAnswer>(200, ExceptionItemAnswer.WrittenExample)
            .ProducesProblems(400, 401, 403, 404, 409, 503);

        exceptions.MapDelete("/{id}", EndAsync)
            .RequireResponder()
            .WithName("EndExceptionItem")
            .WithSummary("Ends an exception item. It stays on record, and so does what it covered.")
            .WithDescription("From now on it covers nothing, in every replica. 409 if it is over already.")
            .Produces(204)
            .ProducesProblems(401, 403, 404, 409, 503);

        exceptions.MapPost("/preview", PreviewAsync)
            .RequireResponder()
            .ReadsMuch(TimeSpan.FromMinutes(1))
            .WithName("PreviewExceptionItem")
            .WithSummary("Shows what an exception item would have covered in the last days.")
            .WithDescription(
                "Tries the condition, and recurrence if it is given, on the log events kept in the last days (1 to 90, default 7), whatever became "
                + "of them. items: the newest fifty that it would have covered. Nothing is changed.")
            .WithRequestExample("""{"condition":{"actor":"helpdesk.one@example.com","ipRange":"198.51.100.0/24"},"days":30}""")
            .WithResponseExample<ExceptionPreviewAnswer>(200, ExceptionPreviewAnswer.Example)
            .ProducesProblems(400, 401, 403, 503);
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] PageQuery page, ExceptionItems items, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;

        var found = await items.ListAsync(page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        var shown = page.Of(found, item => item.Id);
        return TypedResults.Ok(new Page<ExceptionItemAnswer>(
            [.. shown.Items.Select(item => ExceptionItemAnswer.Of(item, clock.GetUtcNow()))], shown.NextCursor));
    }

    private static async Task<IResult> FindAsync(string id, ExceptionItems items, TimeProvider clock, CancellationToken cancellationToken) =>
        await items.FindAsync(id, cancellationToken) is { } found ? TypedResults.Ok(ExceptionItemAnswer.Of(found, clock.GetUtcNow())) : NotFound();

    private static async Task<IResult> AddAsync(
        ExceptionItemRequest request, HttpContext context, ExceptionItemDesk desk, IOptions<ExceptionsOptions> options, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Refuse(request.FindFaults(now, options.Value.MaximumLife)) is { } fault) return fault;

        var by = context.OperatorName();
        var item = request.ToExceptionItem(Guid.CreateVersion7(now).ToString(), now, by, now, by);
        if (await desk.AddAsync(item, request.ToCoverage(), cancellationToken) is not { } added) return IsTooMuch(options.Value);

        return TypedResults.Created($"/api/exceptions/{item.Id}", Written(added, request, now));
    }

    private static async Task<IResult> ChangeAsync(
        string id, ExceptionItemRequest request, HttpContext context, ExceptionItems items, ExceptionItemDesk desk, IOptions<ExceptionsOptions> options,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await items.FindAsync(id, cancellationToken) is not { } found) return NotFound();

        var now = clock.GetUtcNow();
        if (Refuse(request.FindFaults(now, options.Value.MaximumLife)) is { } fault) return fault;

        var changed = request.ToExceptionItem(found.Id, found.CreatedAt, found.CreatedBy, now, context.OperatorName());
        var verdict = await desk.ChangeAsync(changed, request.ToCoverage(), cancellationToken);
        if (verdict == ExceptionItemChange.IsOver) return IsOver();
        if (verdict == ExceptionItemChange.IsTooMuch) return IsTooMuch(options.Value);

        return TypedResults.Ok(Written((await items.FindAsync(found.Id, cancellationToken)) ?? changed, request, now));
    }

    private static async Task<IResult> EndAsync(string id, HttpContext context, ExceptionItems items, CancellationToken cancellationToken)
    {
        if (await items.FindAsync(id, cancellationToken) is not { } found) return NotFound();

        return await items.TryEndAsync(found.Id, context.OperatorName(), cancellationToken) ? TypedResults.NoContent() : IsOver();
    }

    private static async Task<IResult> PreviewAsync(
        ExceptionPreviewRequest request, ExceptionPreview preview, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Refuse(request.FindFaults(now)) is { } fault) return fault;

        var covered = await preview.OfAsync(request.ToCoverage(), now.AddDays(-request.DaysOrDefault), most: null, cancellationToken);
        return TypedResults.Ok(covered with { Warnings = ExceptionItemRequest.FindWarningsOfCondition(request.Condition) });
    }

    private static ExceptionItemAnswer Written(ExceptionItem item, ExceptionItemRequest request, DateTimeOffset now) =>
        ExceptionItemAnswer.Of(item, now) with { Warnings = ExceptionItemRequest.FindWarningsOfCondition(request.Condition) };

    private static IResult? Refuse(IEnumerable<string> faults) =>
        string.Join(' ', faults.Distinct(StringComparer.Ordinal)) is { Length: > 0 } all ? Problem.BadRequest(all) : null;

    private static IResult NotFound() => Problem.NotFound("There is no exception item of that id.");

    private static IResult IsTooMuch(ExceptionsOptions options) => Problem.Conflict(
        $"There is no room for it: {options.MaxItems} exception items may stand at once (Exceptions:MaxItems), and their conditions may have {options.MaxCharacters} "
        + "characters together (Exceptions:MaxCharacters), for each is asked about every log event that a rule matches. End some with "
        + "DELETE /api/exceptions/{id}, or write one condition in place of several.");

    private static IResult IsOver() => Problem.Conflict("It is over, and stays on record as it was. Add a new one.");
}
