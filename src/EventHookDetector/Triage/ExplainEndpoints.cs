using EventHookDetector.Hosting;

namespace EventHookDetector.Triage;

/// <summary>Why did this wake somebody, or nobody?</summary>
internal static class ExplainEndpoints
{
    private const string Example =
        """
        {
          "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001",
          "outcome": "expected",
          "because": "Announced under ticket HD-4711, approved by grace.hopper@example.com.",
          "stages": [
            { "stage": "validation", "finding": "It could be read." },
            { "stage": "match", "finding": "It matches the rule Attempt to Reset MFA Factors for an Okta User Account, version 415." },
            { "stage": "deduplication", "finding": "Its uuid was new for the org example.okta.com; any repetition since was a duplicate." },
            { "stage": "severity", "finding": "low, as its rule says." },
            { "stage": "burst", "finding": "It was part of no reset that was known." },
            { "stage": "exceptionItem", "finding": "No exception item covered it." },
            { "stage": "expectedReset", "finding": "Announced under ticket HD-4711, approved by grace.hopper@example.com. It used up the expected reset 019ab3f0-9a11-7d10-8a55-6f0f7c2b1e01." }
          ],
          "alertId": "019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01",
          "notifications": []
        }
        """;

    public static void MapExplain(this IEndpointRouteBuilder app) => app.MapGet("/api/log-events/{uuid}", ExplainAsync)
        .WithTags(Tags.Explain)
        .RequireOperator()
        .WithName("ExplainLogEvent")
        .WithSummary("Explains what became of a log event: each decision taken on it, and who was told.")
        .WithParameter("uuid", "As in Okta's System Log, or in an alert.")
            .WithDescription(
            "uuid: as in Okta's System Log. outcome: alerted, capped, excepted, expected, merged (part of a reset that has its alert), or "
            + "notMatched for a log event that is alone so far, where a rule needs several. "
            + "A duplicate is explained by the one it repeats. Any "
            + "other log event that matched no rule leaves nothing behind but a count, so 404 means that it never arrived, matched nothing, "
            + "or could not be read; the last kind is in the quarantine.")
        .WithResponseExample<Explanation>(200, Example)
        .ProducesProblems(401, 404, 503);

    private static async Task<IResult> ExplainAsync(string uuid, Explanations explanations, CancellationToken cancellationToken) =>
        await explanations.FindAsync(uuid, cancellationToken) is { } explanation
            ? TypedResults.Ok(explanation)
            : Problem.NotFound(
                "Nothing is kept of a log event of this uuid. Either it never arrived (look for it in Okta's System Log, and for failed "
                + "event_hook.delivery), or no rule matched it: of those only the number is kept. If it could not be read, it is in GET /api/quarantine.");
}
