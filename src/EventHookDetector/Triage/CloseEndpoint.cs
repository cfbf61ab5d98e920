using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using FluentValidation;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Triage;

/// <summary>The end of an alert; and of a false positive, the way not to be woken by it again.</summary>
internal static class CloseEndpoint
{
    private const string Example =
        """
        {
          "exceptionItemDraft": {
            "condition": "event.action:user.mfa.factor.reset_all and okta.actor.id:00u1admin0000000001 and okta.client.ip:198.51.100.23",
            "owner": "oncall", "reason": "False positive, alert 019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01: The service desk's own tool.",
            "ticket": null, "endsAt": "2026-12-24T09:20:00Z"
          },
          "noDraftBecause": null
        }
        """;

    public static void MapClose(this IEndpointRouteBuilder app) => app.MapPost("/api/alerts/{id}/close", CloseAsync)
        .WithTags(Tags.Alerts)
        .RequireOperator()
        .RequireResponder()
        .WithName("CloseAlert")
        .WithSummary("Closes an alert with a verdict.")
        .WithDescription(
            "It cannot be undone, and the example lacks what you have to decide. verdict: truePositive (an attack, or a reset that should not have happened), falsePositive (nothing "
            + "that should have been told) or benign (it happened as told, and was meant to). note: optional, up to 4000 characters. For a falsePositive the answer also holds "
            + "exceptionItemDraft: an exception item for this event type, by this actor, with this API token or from this address, for 30 days. "
            + "It covers every target of that actor there for as long as it lives: to narrow it to one, add and okta.target.alternate_id:\"a login\" "
            + "or and okta.target.id:\"an id of Okta's\" to condition. Nothing is excepted until you send it to "
            + "POST /api/exceptions, as it stands or changed. Where nothing so narrow can be said it is null, and noDraftBecause says why.")
        .WithRequestExample("""{"note":"Ada did not ask for it; the service desk was called by somebody else."}""")
        .WithResponseExample<Alert>(200, With(JsonNode.Parse(AlertExample.Alert)!, JsonNode.Parse(Example)!.AsObject()).ToJsonString())
        .ProducesProblems(400, 401, 403, 404, 409, 503);

    private static async Task<IResult> CloseAsync(
        string id, CloseRequest request, HttpContext context, AlertReader reader, AlertLife life, IOptions<ExceptionsOptions> options,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Problem.FindFault(request, CloseRequest.Rules) is { } fault) return fault;
        if (await reader.FindAsync(id, cancellationToken) is not { } found) return NoSuchAlert();

        var by = context.OperatorName();
        if (!await life.TryCloseAsync(found.Alert, by, request.ToVerdict(), request.Note, cancellationToken))
            return Problem.Conflict("The alert is closed already; its timeline names the operator. Notes can still be added.");

        // Retention may have deleted it meanwhile, and the close succeeded all the same.
        var closed = await reader.FindAsync(id, cancellationToken) ?? found with { Alert = found.Alert with { Status = AlertStatus.Closed } };
        if (request.ToVerdict() != AlertVerdict.FalsePositive) return TypedResults.Ok(closed.Alert);

        var (draft, noneBecause) = ExceptionItemDraft.For(
            closed.Alert, closed.Raw, by, request.Note, clock.GetUtcNow(), options.Value.MaximumLife);
        var offer = JsonSerializer.SerializeToNode(new DraftOffer(draft, noneBecause), ApiJson.Options)!.AsObject();
        var answer = With(JsonSerializer.SerializeToNode(closed.Alert, ApiJson.Options)!, offer);
        return TypedResults.Content(answer.ToJsonString(ApiJson.Options), "application/json", Encoding.UTF8);
    }

    private static JsonObject With(JsonNode alert, JsonObject offer) =>
        new(alert.AsObject().Concat(offer).Select(property => KeyValuePair.Create(property.Key, property.Value?.DeepClone())));

    private static IResult NoSuchAlert() => Problem.NotFound("There is no alert of that id.");

    /// <summary>What stands in the answer beside the alert: a draft, or why there is none.</summary>
    internal sealed record DraftOffer(ExceptionItemDraft? ExceptionItemDraft, string? NoDraftBecause);

    /// <summary>How an alert ends.</summary>
    internal sealed record CloseRequest([property: EnumDataType(typeof(AlertVerdict))] string? Verdict, string? Note)
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
}
