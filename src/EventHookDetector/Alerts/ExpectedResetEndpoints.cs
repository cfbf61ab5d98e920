using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.Alerts;

/// <summary>Announcing a reset, so that it wakes nobody.</summary>
internal static class ExpectedResetEndpoints
{
    private static readonly TimeSpan LongestAnnouncement = TimeSpan.FromDays(30);

    private const string Example =
        """
        {
          "id": "019ab3f0-9a11-7d10-8a55-6f0f7c2b1e01", "state": "announced",
          "target": "ada.byron@example.com", "ticket": "HD-4711", "approver": "grace.hopper@example.com", "requestedBy": "helpdesk.one@example.com",
          "from": "2026-11-24T09:00:00Z", "until": "2026-11-24T12:00:00Z",
          "announcedAt": "2026-11-24T08:55:12Z", "announcedBy": "oncall", "usedAt": null, "usedBy": null
        }
        """;

    public static void MapExpectedResets(this IEndpointRouteBuilder app)
    {
        var expected = app.MapGroup("/api/expected-resets").WithTags(Tags.ExpectedResets).RequireOperator();

        expected.MapGet("", ListAsync)
            .WithName("ListExpectedResets")
            .WithSummary("Lists announced resets, newest first.")
            .WithDescription("state: announced (may still happen), used (happened; usedBy is the log event), withdrawn, or lapsed (never happened).")
            .WithResponseExample<Page<ExpectedResetAnswer>>(200, $$"""{"items":[{{Example}}],"nextCursor":null}""")
            .ProducesProblems(400, 401, 503);

        expected.MapPost("", AnnounceAsync)
            .RequireResponder()
            .WithName("AnnounceReset")
            .WithSummary("Announces a reset that is going to happen.")
            .WithDescription(
                "A reset of that target in that time, by anybody but themselves, is recorded as expected, with the ticket, and told only to "
                + "notifiers that ask for it (Notifiers:{name}:Outcomes). The first such reset uses it up. target: a login or an id of Okta's. "
                + $"from and until: when it is going to happen, at most {LongestAnnouncement.TotalDays:0} days apart. requestedBy is optional.")
            .WithRequestExample("""{"target":"ada.byron@example.com","ticket":"HD-4711","approver":"grace.hopper@example.com","requestedBy":"helpdesk.one@example.com","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}""")
            .WithResponseExample<ExpectedResetAnswer>(201, Example)
            .ProducesProblems(400, 401, 403, 503);

        expected.MapDelete("/{id}", WithdrawAsync)
            .RequireResponder()
            .WithName("WithdrawExpectedReset")
            .WithSummary("Takes an announcement back before it is used.")
            .WithDescription("409 if it was used or withdrawn before, or has lapsed: its record no longer changes.")
            .Produces(204)
            .ProducesProblems(401, 403, 404, 409, 503);
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] PageQuery page, ExpectedResets expected, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;

        var found = await expected.ListAsync(page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        var shown = page.Of(found, reset => reset.Id);
        return TypedResults.Ok(new Page<ExpectedResetAnswer>([.. shown.Items.Select(reset => ExpectedResetAnswer.Of(reset, clock))], shown.NextCursor));
    }

    private static async Task<IResult> AnnounceAsync(
        Announcement request, HttpContext context, ExpectedResets expected, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Problem.FindFault(request, Announcement.Rules) is { } fault) return fault;

        var now = clock.GetUtcNow();
        var announced = request.ToExpectedReset(now, context.OperatorName());
        if (announced.UntilAt <= now) return Problem.BadRequest("until must lie in the future.");

        await expected.AnnounceAsync(announced, cancellationToken);
        return TypedResults.Created((string?)null, ExpectedResetAnswer.Of(announced, clock));
    }

    private static async Task<IResult> WithdrawAsync(
        string id, HttpContext context, ExpectedResets expected, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await expected.FindAsync(id, cancellationToken) is not { } found) return Problem.NotFound("There is no expected reset of that id.");

        if (await expected.TryWithdrawAsync(found.Id, context.OperatorName(), cancellationToken)) return TypedResults.NoContent();

        // Read again: the state has changed since if another request won.
        return (await expected.FindAsync(found.Id, cancellationToken) ?? found).StateAt(clock.GetUtcNow()) switch
        {
            ExpectedResetState.Used => Problem.Conflict("It was used by a reset, and stays on record."),
            ExpectedResetState.Withdrawn => Problem.Conflict("It was withdrawn before, and stays on record."),
            _ => Problem.Conflict("It has lapsed: its time (until) is over, so it covers nothing, and it stays on record."),
        };
    }

    /// <summary>What an operator announces.</summary>
    internal sealed record Announcement(string? Target, string? Ticket, string? Approver, string? RequestedBy, string? From, string? Until)
    {
        public static readonly InlineValidator<Announcement> Rules = CreateRules();

        public ExpectedReset ToExpectedReset(DateTimeOffset now, string by) => new()
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Target = Target!.Trim(),
            Ticket = Ticket!.Trim(),
            Approver = Approver!.Trim(),
            RequestedBy = RequestedBy,
            FromAt = ApiTime.Read(From)!.Value,
            UntilAt = ApiTime.Read(Until)!.Value,
            AnnouncedAt = now,
            AnnouncedBy = by,
        };

        private static InlineValidator<Announcement> CreateRules()
        {
            var rules = new InlineValidator<Announcement>();
            rules.RuleFor(request => request.Target).Must(BeAName).WithMessage("target must be a login or an id of Okta's, of at most 200 characters.");
            rules.RuleFor(request => request.Ticket).Must(BeAName).WithMessage("ticket must be a text of at most 200 characters.");
            rules.RuleFor(request => request.Approver).Must(BeAName).WithMessage("approver must be a name of at most 200 characters.");
            rules.RuleFor(request => request.RequestedBy).MaximumLength(200).WithMessage("requestedBy must be at most 200 characters long.");
            rules.RuleFor(request => request.From).Must(from => ApiTime.Read(from) is not null).WithMessage("from must be a time such as 2026-11-24T09:00:00Z.");
            rules.RuleFor(request => request.Until).Must(until => ApiTime.Read(until) is not null).WithMessage("until must be a time such as 2026-11-24T12:00:00Z.");
            rules.RuleFor(request => request).Must(LieInOrder)
                .WithMessage($"until must lie after from, by at most {LongestAnnouncement.TotalDays:0} days: an announcement is for one reset.");
            return rules;
        }

        private static bool BeAName(string? text) => !string.IsNullOrWhiteSpace(text) && text.Length <= 200;

        private static bool LieInOrder(Announcement request) =>
            ApiTime.Read(request.From) is not { } from || ApiTime.Read(request.Until) is not { } until || (until > from && until - from <= LongestAnnouncement);
    }

    /// <summary>An announced reset as operators read it.</summary>
    internal sealed record ExpectedResetAnswer(
        string Id, ExpectedResetState State, string Target, string Ticket, string Approver, string? RequestedBy,
        DateTimeOffset From, DateTimeOffset Until, DateTimeOffset AnnouncedAt, string AnnouncedBy, DateTimeOffset? UsedAt, string? UsedBy)
    {
        public static ExpectedResetAnswer Of(ExpectedReset reset, TimeProvider clock) => new(
            reset.Id, reset.StateAt(clock.GetUtcNow()), reset.Target, reset.Ticket, reset.Approver, reset.RequestedBy,
            reset.FromAt, reset.UntilAt, reset.AnnouncedAt, reset.AnnouncedBy, reset.UsedAt, reset.UsedBy);
    }
}
