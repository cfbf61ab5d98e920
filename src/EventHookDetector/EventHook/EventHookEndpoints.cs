using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.EventHook;

/// <summary>The only two requests Okta makes: a GET to prove that the endpoint is ours, then a POST for each delivery.</summary>
internal static class EventHookEndpoints
{
    public const string Path = "/okta/event-hook";
    public const string ChallengeHeader = "X-Okta-Verification-Challenge";

    public static void MapHook(this IEndpointRouteBuilder app)
    {
        // The framework's authorization costs more than all else on the way of a delivery that nobody wants, so the receiver asks
        // for the secret itself, and the route needs nothing that comes after routing.
        var receiver = app.ServiceProvider.GetRequiredService<HookReceiver>();
        var hook = app.MapGroup(Path)
            .WithTags(Tags.EventHook)
            .WithMetadata(new Swagger.Scheme(SharedSecret.SchemeName));
        hook.ShortCircuit();

        hook.MapGet("", ([FromHeader(Name = ChallengeHeader)] string? challenge, HttpContext context) => receiver.VerifyAsync(context, challenge))
            .WithName("VerifyEventHook")
            .WithSummary("Answers Okta's one-time verification challenge.")
            .WithParameter(ChallengeHeader, "Any text; it comes back.")
            .WithDescription("Okta asks this once when the hook is registered, and again after its URL, header or secret was changed. To try it by hand, send any text in X-Okta-Verification-Challenge; it comes back.")
            .WithResponseExample<VerificationResponse>(200, """{"verification":"dGhpcyBpcyBhIGNoYWxsZW5nZQ"}""")
            .ProducesProblems(400, 401);

        hook.MapPost("", (Delegate)receiver.ReceiveAsync)
            .WithName("ReceiveDelivery")
            .WithSummary("Takes a delivery of one or more log events.")
            .WithDescription(
                "Answers 204 once everything in the delivery is on disk, whatever its log events turned out to be. "
                + "A 503 asks Okta for its one retry. Okta never retries a 4xx, so a body that is refused after it "
                + "authenticated is kept in the quarantine. In broken JSON (400) and in what does not say that it is "
                + "JSON (415) resets are looked for all the same; a body that is too long (413) is not read. "
                + "The example has just happened, with a uuid of its own; for another one load this page anew, or change the uuid.")
            .WithRequestExample(EventHookExample.Delivery)
            .Produces(204)
            .ProducesProblems(400, 401, 413, 415, 503);
    }

    /// <summary>What Okta wants to hear: its own challenge.</summary>
    internal sealed record VerificationResponse(string Verification);
}
