using EventHookDetector.Alerts;
using EventHookDetector.Hosting;

namespace EventHookDetector.Retention;

/// <summary>For whoever has the right to be forgotten.</summary>
internal static class PeopleEndpoints
{
    public static void MapPeople(this IEndpointRouteBuilder app) => app.MapDelete("/api/people/{id}", BlankAsync)
        .WithTags(Tags.People)
        .RequireAdmin()
        .ReadsMuch(TimeSpan.FromHours(1))   // a few rows at a time
        .WithName("BlankPerson")
        .WithSummary("Takes a person out of everything that is kept.")
        .WithParameter("id", "An id of Okta's, or a login.")
        .WithDescription(
            "Whatever else they alone are known by in their alerts goes too: the log events keep what happened, "
            + "when and by which rule, without the person, and without where from and with what, if they did it. Alerts remain, and what the audit's hashes attest. "
            + "Items of the quarantine that name them are removed, unread. What was told to channels is not ours to take back. It may take a minute, and may be "
            + "repeated. 409 if an exception item, an expected reset or a key that is not over names them, which is to be ended first; or if several people had this login.")
        .WithResponseExample<BlankedPerson>(200, """{"alerts":3,"logEvents":12,"quarantineItems":0,"others":4}""")
        .ProducesProblems(400, 401, 403, 404, 409, 429, 503);

    private static async Task<IResult> BlankAsync(string id, HttpContext context, People people, CancellationToken cancellationToken)
    {
        id = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Trim();   // a path keeps its slashes apart until here
        if (id.Length is < 4 or > 200 || id.Equals("unknown", StringComparison.OrdinalIgnoreCase) || !char.IsLetterOrDigit(id[0]) || !char.IsLetterOrDigit(id[^1]))
            return Problem.BadRequest("id must be an id of Okta's, such as 00u1a2b3c4, or a login, of 4 to 200 characters, the first and the last a letter or a digit.");

        var (names, several) = await people.FindAsync(id, cancellationToken);
        if (names is null)
            return Problem.Conflict($"This login belonged to several people, one after the other: {string.Join(", ", several)}. Take out one of these ids.");
        if (await people.FindStandingAsync(names, cancellationToken) is { Count: > 0 } standing)
        {
            return Problem.Conflict(
                $"Not over, and made of this name: {string.Join(", ", standing)}. End them first (DELETE /api/exceptions/{{id}}, /api/expected-resets/{{id}} or /api/keys/{{id}}), "
                + "or they would cover whom nobody meant, or open with nobody's name.");
        }

        var blanked = await people.BlankAsync(names, context.OperatorName(), cancellationToken);
        return blanked.IsNobody() ? Problem.NotFound("Nobody of that id or login is on record.") : TypedResults.Ok(blanked);
    }
}
