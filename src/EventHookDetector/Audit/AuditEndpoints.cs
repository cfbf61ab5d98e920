using System.Text.Json.Nodes;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.Audit;

/// <summary>Who did what, and what the detector decided by itself.</summary>
internal static class AuditEndpoints
{
    private const string Hash = "5f0c2c6f4a5d2b8f7a9c7a1f3b0e6d4c8e2a1b9d7f6c5e4a3b2c1d0e9f8a7b6c";

    private const string Example =
        $$"""
        {
          "items": [
            {
              "id": "019ab3f0-9c11-7d02-8a55-6f0d3f1c2b7e", "number": 42, "at": "2026-11-24T09:21:40.2Z", "who": "oncall", "act": "alert.closed",
              "subject": "019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01", "details": { "verdict": "benign", "note": "Ada asked for it." }, "blanked": false,
              "hash": "{{Hash}}"
            }
          ],
          "nextCursor": null, "head": { "number": 42, "hash": "{{Hash}}" }
        }
        """;

    private const string ExportExample =
        $$"""
        {
          "number": 1, "id": "019ab3f0-9c11-7d02-8a55-6f0d3f1c2b7e", "at": "2026-11-24T09:21:40.2Z",
          "who": "oncall", "whoSalt": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "whoDigest": "{{Hash}}", "act": "alert.acknowledged",
          "subject": "019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01", "details": null, "detailsSalt": null, "detailsDigest": "", "hash": "{{Hash}}"
        }
        """;

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var audit = app.MapGroup("/api/audit").WithTags(Tags.Audit).RequireOperator();

        audit.MapGet("", ListAsync)
            .WithName("ListAudit")
            .WithSummary("Lists who did what, and which alerts the detector withheld by itself, newest first.")
            .WithDescription(
                "Filters can be combined. number and hash are the row's place in the chain, null for the second or two until it is sealed. blanked: the text of a person was taken away; the chain holds all the same. head is the end of the chain: note it elsewhere, "
                + "and verify-audit --head can tell later whether anything before it was changed.")
            .WithParameter("act", $"One of {string.Join(", ", AuditAct.All)}.")
            .WithParameter("who", $"An operator's name, or \"{AuditTrail.Detector}\".")
            .WithParameter("subject", "The id of what it was done to (an alert, an exception item, an expected reset, a notification, an item of the quarantine), or a notifier's name.")
            .WithParameter("from", "When it was done, as ISO-8601: then or later.")
            .WithParameter("to", "When it was done, as ISO-8601: before then.")
            .WithResponseExample(200, Example)
            .ProducesProblems(400, 401, 503);

        audit.MapGet("/export", ExportAsync)
            .ReadsMuch(TimeSpan.FromHours(1))   // one page of it at a time
            .WithName("ExportAudit")
            .WithSummary("Exports the whole chain, from its first row on, to be verified elsewhere.")
            .WithDescription(
                $"JSON lines ({AuditExport.ContentType}), one sealed row a line, in the order of number, as long as it takes. EventHookDetector verify-audit --export FILE "
                + "verifies it without a database. details is JSON as text, for every character of it counts. hash is the SHA-256 of, joined by line feeds: the hash of "
                + "the row before (64 zeros for the first), number, id, at with six digits of a second and a Z, act, subject, whoDigest, detailsDigest. A digest is the "
                + "SHA-256 of salt, a line feed and text; it is empty where there was no text.")
            .WithResponseExample(200, ExportExample)
            .ProducesProblems(401, 503);
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] AuditQuery query, [AsParameters] PageQuery page, AuditReader reader, CancellationToken cancellationToken)
    {
        if ((page.FindFault() ?? query.FindFault()) is { } fault) return fault;

        var found = await reader.ListAsync(query.ToFilter(), page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        var head = await reader.HeadAsync(cancellationToken);
        var shown = page.Of(found, entry => entry.Id);
        return TypedResults.Ok(new { items = shown.Items.Select(AuditItem.Of), shown.NextCursor, head = new { head.Number, head.Hash } });
    }

    private static async Task<IResult> ExportAsync(AuditReader reader, CancellationToken cancellationToken)
    {
        // Asked first, for once it streams nobody can be told any more that the database is away.
        await reader.HeadAsync(cancellationToken);
        return TypedResults.Stream(
            stream => AuditExport.WriteAsync(reader.ChainAsync(cancellationToken), stream, cancellationToken), AuditExport.ContentType, "audit.ndjson");
    }

    /// <summary>The filters as they are typed in.</summary>
    internal sealed record AuditQuery(
        [FromQuery(Name = "act")] string? Act,
        [FromQuery(Name = "who")] string? Who,
        [FromQuery(Name = "subject")] string? Subject,
        [FromQuery(Name = "from")] string? From,
        [FromQuery(Name = "to")] string? To)
    {
        internal IResult? FindFault() => this switch
        {
            { Act: not null } when Word is null => Problem.BadRequest($"act must be one of {string.Join(", ", AuditAct.All)}."),
            { From: not null } when ApiTime.Read(From) is null => Problem.BadRequest("from must be a time such as 2026-11-24T09:15:00Z."),
            { To: not null } when ApiTime.Read(To) is null => Problem.BadRequest("to must be a time such as 2026-11-24T09:15:00Z."),
            _ => null,
        };

        internal AuditFilter ToFilter() => new(Word, Who, Subject, ApiTime.Read(From), ApiTime.Read(To));

        private string? Word => AuditAct.All.FirstOrDefault(act => act.Equals(Act, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A row as people read it.</summary>
    /// <param name="Blanked">Whether the text of a person was taken away.</param>
    internal sealed record AuditItem(
        string Id, long? Number, DateTimeOffset At, string? Who, string Act, string Subject, JsonNode? Details, bool Blanked, string? Hash)
    {
        public static AuditItem Of(AuditEntry entry) => new(
            entry.Id, entry.Number, entry.At, entry.Who, entry.Act, entry.Subject,
            entry.Details is null ? null : ApiJson.RawOrText(System.Text.Encoding.UTF8.GetBytes(entry.Details)), entry.IsBlanked, entry.Hash);
    }
}
