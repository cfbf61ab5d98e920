using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.Alerts;

/// <summary>What people do with an alert, up to closing it.</summary>
internal static class AlertLifeEndpoints
{
    public static void MapAlertLife(this IEndpointRouteBuilder app)
    {
        var alert = app.MapGroup("/api/alerts/{id}").WithTags(Tags.Alerts).RequireOperator();

        alert.MapPost("/acknowledge", AcknowledgeAsync)
            .RequireResponder()
            .WithName("AcknowledgeAlert")
            .WithSummary("Says that you have seen an alert and are on it.")
            .WithDescription("Others see who and when in the timeline. Of two who try at once, one wins and the other is told (409).")
            .WithResponseExample<Alert>(200, AlertExample.Alert)
            .ProducesProblems(401, 403, 404, 409, 503);

        alert.MapPost("/notes", NoteAsync)
            .RequireResponder()
            .WithName("AddNote")
            .WithSummary("Adds a note to an alert.")
            .WithDescription("It stands in the timeline, with your name and the time. note: up to 4000 characters. Closed alerts take notes too.")
            .WithRequestExample("""{"note":"Ada did not ask for this. Account suspended."}""")
            .WithResponseExample<Alert>(200, AlertExample.Alert)
            .ProducesProblems(400, 401, 403, 404, 503);
    }

    private static async Task<IResult> AcknowledgeAsync(
        string id, HttpContext context, AlertReader reader, AlertLife life, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return NoSuchAlert();

        var won = await life.TryAcknowledgeAsync(found.Alert.Id, context.OperatorName(), cancellationToken);
        // The status is read after the statement that decided: before it, the loser of a race would still see an open alert.
        if (await reader.FindAsync(id, cancellationToken) is not { } now) return won ? TypedResults.Ok(found.Alert with { Status = AlertStatus.Acknowledged }) : NoSuchAlert();

        return won ? TypedResults.Ok(now.Alert) : Problem.Conflict($"The alert is {now.Alert.Status.ToColumn()} already; its timeline names the operator.");
    }

    private static async Task<IResult> NoteAsync(
        string id, NoteRequest request, HttpContext context, AlertReader reader, AlertLife life, CancellationToken cancellationToken)
    {
        if (Problem.FindFault(request, NoteRequest.Rules) is { } fault) return fault;
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return NoSuchAlert();

        await life.NoteAsync(found.Alert.Id, context.OperatorName(), request.Note!, cancellationToken);
        return await ShowAsync(id, reader, cancellationToken);
    }

    private static async Task<IResult> ShowAsync(string id, AlertReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync(id, cancellationToken) is { } found ? TypedResults.Ok(found.Alert) : NoSuchAlert();

    private static IResult NoSuchAlert() => Problem.NotFound("There is no alert of that id.");

    /// <summary>Something to write down.</summary>
    internal sealed record NoteRequest(string? Note)
    {
        public static readonly InlineValidator<NoteRequest> Rules = CreateRules();

        private static InlineValidator<NoteRequest> CreateRules()
        {
            var rules = new InlineValidator<NoteRequest>();
            rules.RuleFor(request => request.Note)
                .Must(note => !string.IsNullOrWhiteSpace(note) && note.Length <= 4000)
                .WithMessage("note must be a text of 1 to 4000 characters.");
            return rules;
        }
    }
}
