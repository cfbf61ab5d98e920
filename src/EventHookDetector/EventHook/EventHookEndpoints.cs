using System.Net.Mime;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EventHookDetector.EventHook;

/// <summary>The only two requests Okta makes: a GET to prove that the endpoint is ours, then a POST for each delivery.</summary>
internal static class EventHookEndpoints
{
    public const string Path = "/okta/event-hook";
    public const string ChallengeHeader = "X-Okta-Verification-Challenge";

    public static void MapEventHook(this IEndpointRouteBuilder app)
    {
        var hook = app.MapGroup(Path)
            .WithTags(Tags.EventHook)
            .RequireAuthorization(SharedSecret.Policy);   // before the body is read: strangers cost us nothing

        hook.MapGet("", Verify)
            .WithName("VerifyEventHook")
            .WithSummary("Answers Okta's one-time verification challenge.")
            .WithDescription("Okta asks this once when the hook is registered, and again after its URL, header or secret was changed. To try it by hand, send any text in X-Okta-Verification-Challenge; it comes back.")
            .WithResponseExample(200, """{"verification":"dGhpcyBpcyBhIGNoYWxsZW5nZQ"}""")
            .ProducesProblems(400, 401);

        hook.MapPost("", ReceiveAsync)
            .WithName("ReceiveDelivery")
            .WithSummary("Takes a delivery of one or more log events.")
            .WithDescription(
                "Answers 204 once everything in the delivery is on disk, whatever its log events turned out to be. "
                + "A 503 asks Okta for its one retry. Okta never retries a 4xx, so a body that is refused after it "
                + "authenticated is kept in the quarantine. In broken JSON (400) and in what does not say that it is "
                + "JSON (415) resets are looked for all the same; a body that is too long (413) is not read.")
            .WithRequestExample(EventHookExample.Delivery)
            .Produces(204)
            .ProducesProblems(400, 401, 413, 415, 503);
    }

    private static IResult Verify([FromHeader(Name = ChallengeHeader)] string? challenge) =>
        string.IsNullOrWhiteSpace(challenge)
            ? TypedResults.Problem($"The header {ChallengeHeader} is missing. Okta sends it when the hook is verified; to try it by hand, send any text in it.", statusCode: 400)
            : TypedResults.Ok(new VerificationResponse(challenge));

    // Okta allows three seconds, retries a 5xx once and a 4xx never. So any verdict on a log event, welcome or not, is a
    // 204; only a fault that a second try could cure may surface as a 503, and Problem sees to that.
    private static async Task<IResult> ReceiveAsync(
        HttpContext context, Inspection inspection, Quarantine quarantine, IOptions<EventHookOptions> options, CancellationToken cancellationToken)
    {
        var maxBytes = options.Value.MaxBodyBytes;
        using var body = await HookBody.ReadAsync(context, maxBytes, cancellationToken);
        if (body is null)
            return await RefuseAsync(quarantine, default, 413, $"The body is longer than {maxBytes} bytes; EventHook:MaxBodyBytes can be raised.");

        // Inspected even if it will be refused: a proxy that spoils the content type must not hide a reset.
        var inspected = await inspection.OfBodyAsync(body.Bytes);
        if (!IsJson(context.Request))
            return await RefuseAsync(
                quarantine, body.Bytes, 415, "The body must be application/json in UTF-8, without a content encoding.", inspected.Delivery.Org);

        await Task.WhenAll(inspected.Invalid.Select(invalid =>
            quarantine.KeepAsync(QuarantineKind.LogEvent, invalid.Result.Because!, invalid.LogEvent.Org, invalid.LogEvent.Json)));
        if (inspected.Delivery.Defect is { } defect)
            return await RefuseAsync(quarantine, body.Bytes, 400, defect, inspected.Delivery.Org);

        Telemetry.CountDelivery(204);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> RefuseAsync(
        Quarantine quarantine, ReadOnlyMemory<byte> body, int statusCode, string reason, string? org = null)
    {
        var id = await quarantine.KeepAsync(QuarantineKind.Body, reason, org, body.ToArray());
        Telemetry.CountDelivery(statusCode);
        var cure = body.IsEmpty
            ? $"Nothing of it could be kept; the quarantine notes it as {id}. Look for the log events in Okta's System Log."
            : $"It is kept in the quarantine as {id} and can be replayed from there once it can be read.";
        return TypedResults.Problem($"{reason} {cure}", statusCode: statusCode);
    }

    private static bool IsJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return false;
        if (string.IsNullOrEmpty(request.ContentType)) return true;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return false;

        var isJson = type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase);
        return isJson && (type.Encoding is null || type.Encoding.Equals(System.Text.Encoding.UTF8));
    }

    /// <summary>What Okta wants to hear: its own challenge.</summary>
    internal sealed record VerificationResponse(string Verification);
}
