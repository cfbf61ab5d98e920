using EventHookDetector.Hosting;

namespace EventHookDetector.Alerts;

/// <summary>Reading rules.</summary>
internal static class RuleEndpoints
{
    private const string Example =
        """
        {
          "id": "4e6c3d1f-4a0e-4c56-9f0f-0c5f7f3f6f52",
          "name": "MFA factors of an Okta user account were reset one by one",
          "version": 1,
          "enabled": true,
          "description": "Somebody removed two or more MFA factors of another person's account within five minutes.",
          "severity": "low",
          "riskScore": 21,
          "query": "data_stream.dataset:okta.system and event.action:user.mfa.factor.deactivate and event.outcome:success",
          "eventTypes": ["user.mfa.factor.deactivate"],
          "tags": ["Tactic: Persistence"],
          "threat": [ { "tacticId": "TA0003", "tactic": "Persistence", "techniqueId": "T1098", "technique": "Account Manipulation", "subtechniqueId": null, "subtechnique": null } ],
          "window": "00:05:00",
          "maxAlerts": 100,
          "burst": { "atLeast": 2, "within": "00:05:00" },
          "alertOn": ["administrator", "support"],
          "triageGuide": { "investigate": ["Call the person whose factors were reset."], "falsePositives": ["A lost device."], "respond": ["Suspend the account."] },
          "references": ["https://developer.okta.com/docs/reference/api/event-types/"]
        }
        """;

    public static void MapRules(this IEndpointRouteBuilder app)
    {
        var rules = app.MapGroup("/api/rules").WithTags(Tags.Rules).RequireOperator();

        rules.MapGet("", List)
            .WithName("ListRules")
            .WithSummary("Lists the rules, with their triage guides.")
            .WithDescription(
                "A rule with enabled: true is in force. The others are switched on by naming their ids in Detection:Rules, from the next start on. "
                + "query is the condition; maxAlerts is the cap of each window, whose length is window. "
                + "burst: how many log events about one target make an alert together; null if each makes one. alertOn: whose deeds it alerts "
                + "on, some of administrator (anybody but the target and Okta's support), self (the target) and support (Okta's); what others did "
                + "is recorded as excepted. null: everybody, but for resets of factors everybody except the owner of the account.")
            .WithResponseExample<Page<Rule>>(200, $$"""{"items":[{{Example}}],"nextCursor":null}""")
            .ProducesProblems(400, 401);

        rules.MapGet("/{id}", Find)
            .WithName("GetRule")
            .WithSummary("Shows one rule: what it looks for, and what to do when it is found.")
            .WithDescription("triageGuide is what to read at three in the morning: what to look into, what is often a false positive, and how to respond.")
            .WithResponseExample<Rule>(200, Example)
            .ProducesProblems(401, 404);
    }

    private static IResult List([AsParameters] PageQuery page, RuleBook book)
    {
        if (page.FindFault() is { } fault) return fault;

        var after = page.CursorOrNull is null ? book.All : [.. book.All.SkipWhile(rule => rule.Id != page.CursorOrNull).Skip(1)];
        return TypedResults.Ok(page.Of([.. after.Take(page.LimitOrDefault + 1)], rule => rule.Id));
    }

    private static IResult Find(string id, RuleBook book) =>
        book.Find(id) is { } rule ? TypedResults.Ok(rule) : Problem.NotFound("There is no rule of that id; GET /api/rules lists them all.");
}
