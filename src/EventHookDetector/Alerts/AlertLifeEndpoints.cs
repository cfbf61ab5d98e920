using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.Alerts;

/// <summary>What people do with an alert.</summary>
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
            .WithResponseExample(200, AlertExample.Alert)
            .ProducesProblems(401, 403, 404, 409, 503);

        alert.MapPost("/close", CloseAsync)
            .RequireResponder()
            .WithName("CloseAlert")
            .WithSummary("Closes an alert with a verdict.")
            .WithDescription(
                "verdict: truePositive (an attack, or a reset that should not have happened), falsePositive (nothing that should have been told) "
                + "or benign (it happened as told, and was meant to). note: optional, up to 4000 characters.")
            .WithRequestExample("""{"verdict":"benign","note":"Lost phone, ticket HD-4711, called back."}""")
            .WithResponseExample(200, AlertExample.Alert)
            .ProducesProblems(400, 401, 403, 404, 409, 503);

        alert.MapPost("/notes", NoteAsync)
            .RequireResponder()
            .WithName("AddNote")
            .WithSummary("Adds a note to an alert.")
            .WithDescription("It stands in the timeline, with your name and the time. note: up to 4000 characters. Closed alerts take notes too.")
            .WithRequestExample("""{"note":"Ada did not ask for this. Account suspended."}""")
            .WithResponseExample(200, AlertExample.Alert)
            .ProducesProblems(400, 401, 403, 404, 503);
    }

    private static async Task<IResult> AcknowledgeAsync(
        string id, HttpContext context, AlertReader reader, AlertLife life, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return NoSuchAlert();
        if (!await life.TryAcknowledgeAsync(found.Alert.Id, context.OperatorName(), cancellationToken))
            return Problem.Conflict($"It is {found.Alert.Status.ToColumn()} already; the timeline says by whom.");

        return await ShowAsync(id, reader, cancellationToken);
    }

    private static async Task<IResult> CloseAsync(
        string id, CloseRequest request, HttpContext context, AlertReader reader, AlertLife life, CancellationToken cancellationToken)
    {
        if (Problem.FindFault(request, CloseRequest.Rules) is { } fault) return fault;
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return NoSuchAlert();
        if (!await life.TryCloseAsync(found.Alert, context.OperatorName(), request.ToVerdict(), request.Note, cancellationToken))
            return Problem.Conflict("It is closed already; the timeline says by whom. Notes can still be added.");

        return await ShowAsync(id, reader, cancellationToken);
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

    /// <summary>How an alert ends.</summary>
    internal sealed record CloseRequest(string? Verdict, string? Note)
    {
        private static readonly string[] Verdicts = ["truePositive", "falsePositive", "benign"];

        public static readonly InlineValidator<CloseRequest> Rules = CreateRules();

        public AlertVerdict ToVerdict() => Enum.Parse<AlertVerdict>(Verdict!, ignoreCase: true);

        private static InlineValidator<CloseRequest> CreateRules()
        {
            var rules = new InlineValidator<CloseRequest>();
            rules.RuleFor(request => request.Verdict)
                .Must(verdict => Verdicts.Contains(verdict, StringComparer.OrdinalIgnoreCase))
                .WithMessage($"verdict must be one of {string.Join(", ", Verdicts)}.");
            rules.RuleFor(request => request.Note).MaximumLength(4000).WithMessage("note must be at most 4000 characters long.");
            return rules;
        }
    }

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
