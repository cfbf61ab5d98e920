using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace EventHookDetector.Triage.Backtests;

/// <summary>What would this rule have made of the past?</summary>
internal static class BacktestEndpoints
{
    private const string RequestExample =
        """
        [
          {
            "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001", "published": "2026-11-24T09:15:01.417Z",
            "eventType": "user.mfa.factor.reset_all", "displayMessage": "Reset all factors for user", "severity": "INFO",
            "actor": { "id": "00u1a2b3c4d5e6f7g8h9", "type": "User", "alternateId": "helpdesk.one@example.com", "displayName": "Helpdesk One" },
            "target": [ { "id": "00u9h8g7f6e5d4c3b2a1", "type": "User", "alternateId": "ada.byron@example.com", "displayName": "Ada Byron" } ]
          }
        ]
        """;

    private static readonly string[] ContentTypes =
        ["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/octet-stream", "text/plain"];

    public static void MapBacktests(this IEndpointRouteBuilder app) => app.MapPost("/api/rules/{id}/backtest", RunAsync)
        .WithTags(Tags.Rules)
        .RequireResponder()
        .ReadsMuch(TimeSpan.FromHours(1))   // as fast as the export comes
        .WithMetadata(new DisableRequestSizeLimitAttribute())   // it is read as it comes, and never kept
        .WithName("BacktestRule")
        .WithSummary("Tries a rule, switched on or not, on an export of the System Log: what would it have told?")
        .WithDescription(
            $"The body: {BacktestAnswer.Export}, of any length; several arrays one after another, as pages are, will do too. Content types: "
            + $"{string.Join(", ", ContentTypes)}. Each log event that matches goes through the same stages as a delivery, as if it had arrived "
            + "when it was published, with the exception items and expected resets that stood then, and with no other rule in force. The order "
            + "of the export does not matter. Nobody is told, and nothing is kept. outcomes counts all; fullestWindows holds at most "
            + $"{BacktestAnswer.MostWindows}, records the earliest {BacktestAnswer.MostRecords} that matched (notMatched: alone so far), unreadable the first "
            + $"{BacktestAnswer.MostUnreadable} that could not be read (invalid counts all of them, unreadableBytes says how much was passed over). "
            + "400 if no log event could be read at all. 409 while another backtest is under way. 413 if more than Backtests:MaxMatchingBytes of them match, "
            + "507 if there is no room for them in the folder for temporary files.")
        .WithRequestExample(RequestExample)
        .WithResponseExample<BacktestAnswer>(200, BacktestAnswer.Example)
        .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 503, 507);

    private static async Task<IResult> RunAsync(
        string id, HttpContext context, RuleBook book, BacktestOfARule backtest, CancellationToken cancellationToken)
    {
        if (book.Find(id) is not { } rule) return Problem.NotFound("There is no rule of that id; GET /api/rules lists them all.");
        if (!IsTaken(context.Request)) return Problem.UnsupportedMediaType($"The body must be {BacktestAnswer.Export}. Content types: {string.Join(", ", ContentTypes)}.");

        try
        {
            return await AnswerAsync(rule, context.Request.Body, backtest, cancellationToken);
        }
        catch (BacktestRefusedException refused)
        {
            return TypedResults.Problem(refused.Message, statusCode: refused.Refusal switch
            {
                BacktestRefusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
                BacktestRefusal.NoRoom => StatusCodes.Status507InsufficientStorage,
                _ => StatusCodes.Status409Conflict,
            });
        }
    }

    private static async Task<IResult> AnswerAsync(Rule rule, Stream export, BacktestOfARule backtest, CancellationToken cancellationToken) =>
        await backtest.TryRunAsync(rule, export, cancellationToken) switch
        {
            null => Problem.Conflict("Another backtest is under way. Try again when it is over, or run EventHookDetector backtest on another machine."),
            var answer => answer.FindFault() is { } fault ? Problem.BadRequest($"The body was read to its end. {fault}") : TypedResults.Ok(answer),
        };

    private static bool IsTaken(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return false;
        if (string.IsNullOrEmpty(request.ContentType)) return true;

        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && ContentTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase)
            && (type.Encoding is null || type.Encoding.Equals(System.Text.Encoding.UTF8));
    }
}
