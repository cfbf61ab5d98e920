using System.Diagnostics;
using System.Net.Mime;
using System.Text;
using System.Text.Unicode;
using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EventHookDetector.EventHook;

/// <summary>Answers Okta. Whoever does not know the secret gets no further than the first line.</summary>
internal sealed class HookReceiver(
    SharedSecret secret, LargeDeliveries deliveries, UnfinishedItems unfinished, TimeProvider clock, Quarantine quarantine, HookActivity hookActivity, UnreadableRequests unreadable, BodyBudget budget,
    IOptions<EventHookOptions> options)
{
    private const int HungUp = 499;

    private readonly int _maxBytes = options.Value.MaxBodyBytes;

    public Task VerifyAsync(HttpContext context, string? challenge)
    {
        if (!secret.IsIn(context.Request)) return secret.RefuseAsync(context);

        IResult answer = string.IsNullOrWhiteSpace(challenge)
            ? Problem.BadRequest($"The header {EventHookEndpoints.ChallengeHeader} is missing. Okta sends it when the hook is verified; to try it by hand, send any text in it.")
            : TypedResults.Ok(new EventHookEndpoints.VerificationResponse(TextOf(challenge)));
        return answer.ExecuteAsync(context);
    }

    // Okta allows three seconds, retries a 5xx once and a 4xx never. So any verdict on a log event, welcome or not, is a
    // 204; only a fault that a second try could cure may surface as a 503, and Problem sees to that.
    public async Task ReceiveAsync(HttpContext context)
    {
        if (!secret.IsIn(context.Request))
        {
            await secret.RefuseAsync(context);
            return;
        }

        hookActivity.Delivered();
        using var activity = Traces.Begin("delivery", ActivityKind.Server);
        int? answerToFault = null;
        try
        {
            using var body = await HookBody.ReadAsync(context, budget, _maxBytes, context.RequestAborted);
            switch (body.Refusal)
            {
                case StatusCodes.Status413PayloadTooLarge:
                    await RefuseAsync(context, body, 413, $"The body is longer than {_maxBytes} bytes; EventHook:MaxBodyBytes can be raised.");
                    return;
                case StatusCodes.Status503ServiceUnavailable:
                    await PostponeAsync(context, "Other long bodies use the memory that bodies may take, so this one was not read. Send it again in a few seconds.");
                    return;
            }

            // Inspected even if it will be refused: a proxy that spoils the content type must not hide a reset.
            var inspected = await deliveries.OfBodyAsync(body.Bytes);
            activity?.SetTag("org", inspected.Delivery.Org).SetTag("bytes", body.Bytes.Length)
                .SetTag("log_events", inspected.LogEvents.Count).SetTag("unwanted", inspected.Delivery.Unwanted);
            if (!inspected.IsWhole)
            {
                await KeepUnfinishedAsync(context, body, inspected);
                return;
            }

            if (!IsJson(context.Request))
            {
                await RefuseAsync(
                    context, body, 415, "The body must be application/json in UTF-8, without a content encoding.", inspected.Delivery.Org);
                return;
            }

            if (inspected is { IsWhole: true, LogEvents.Count: > 0 }) await quarantine.KeepAsync(QuarantineKind.LogEvent, inspected.Unreadable);
            if (inspected.Delivery.Defect is { } defect)
            {
                await RefuseAsync(context, body, 400, defect, inspected.Delivery.Org);
                return;
            }

            context.Response.StatusCode = StatusCodes.Status204NoContent;
            Telemetry.Deliveries.Add(204);
        }
        catch (Exception fault)
        {
            // Problem answers it; here it is only counted. Who hung up, as Okta does after three seconds, is answered nothing.
            activity?.Fail(fault);
            answerToFault = context.RequestAborted.IsCancellationRequested ? HungUp : fault is BadHttpRequestException bad ? bad.StatusCode : 503;
            if (answerToFault is HungUp or 503) Telemetry.Deliveries.Add(answerToFault.Value);
            else unreadable.Count(context, answerToFault.Value);
            throw;
        }
        finally
        {
            activity?.SetTag("answer", answerToFault ?? context.Response.StatusCode);
        }
    }

    // A retry of the same bytes is answered 204 once the rest is on disk.
    private async Task KeepUnfinishedAsync(HttpContext context, HookBody body, InspectedDelivery inspected)
    {
        var isKept = inspected.IsKept || await unfinished.TryKeepAsync(inspected.Delivery.Org, clock.GetUtcNow(), body.ToKeep());
        await PostponeAsync(context, isKept
            ? "The body has too many log events to inspect them all at once. It is kept, and the rest is inspected in the background; once that is done, the same body is answered 204."
            : "The body has too many log events to inspect them all at once, and too many such bodies are kept already (Quarantine:MaxBytes). Send it again later.");
    }

    private static async Task PostponeAsync(HttpContext context, string reason)
    {
        context.Response.Headers.RetryAfter = "5";
        await TypedResults.Problem(reason, statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
        Telemetry.Deliveries.Add(StatusCodes.Status503ServiceUnavailable);
    }

    private async Task RefuseAsync(HttpContext context, HookBody body, int statusCode, string reason, string? org = null)
    {
        var id = await quarantine.KeepAsync(QuarantineKind.Body, reason, org, body.ToKeep());
        var cure = body.Bytes.IsEmpty
            ? $"Nothing of it could be kept; the quarantine notes it as {id}. Look for the log events in Okta's System Log."
            : $"It is kept in the quarantine as {id} and can be replayed from there once it can be read.";
        await TypedResults.Problem($"{reason} {cure}", statusCode: statusCode).ExecuteAsync(context);
        Telemetry.Deliveries.Add(statusCode);
    }

    // The server reads headers as Latin-1, so that none can be unreadable.
    private static string TextOf(string header)
    {
        var bytes = Encoding.Latin1.GetBytes(header);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : header;
    }

    private static bool IsJson(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return false;
        if (request.ContentType is null or "" or MediaTypeNames.Application.Json or "application/json; charset=utf-8") return true;   // nearly always
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return false;

        var isJson = type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase);
        return isJson && (type.Encoding is null || type.Encoding.Equals(Encoding.UTF8));
    }
}
