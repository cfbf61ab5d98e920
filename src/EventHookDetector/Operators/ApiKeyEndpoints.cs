using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.Operators;

/// <summary>Who may use the API, and until when.</summary>
internal static class ApiKeyEndpoints
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(400);

    private const string Example =
        """
        {
          "id": "019ab3f0-9a11-7d10-8a55-6f0f7c2b1e07", "state": "valid", "hint": "ehd_Zk3pQw", "owner": "ada.byron@example.com", "role": "responder",
          "createdAt": "2026-11-24T08:55:12Z", "createdBy": "oncall", "endsAt": "2027-05-24T00:00:00Z", "revokedAt": null, "revokedBy": null
        }
        """;

    public static void MapApiKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/keys").WithTags(Tags.Keys).RequireAdmin();

        keys.MapGet("", ListAsync)
            .WithName("ListKeys")
            .WithSummary("Lists the keys that admins made, newest first.")
            .WithDescription("state: valid, ended, or revoked. hint: how the key begins; the key itself is not kept. Keys of the configuration (Operators:{name}:Key) are not here.")
            .WithResponseExample<Page<ApiKeyAnswer>>(200, $$"""{"items":[{{Example}}],"nextCursor":null}""")
            .ProducesProblems(400, 401, 403, 429, 503);

        keys.MapPost("", MakeAsync)
            .WithName("MakeKey")
            .WithSummary("Makes a key.")
            .WithDescription(
                "The answer shows the key, and nothing ever will again: hand it over at once. owner: who uses it, a person or a program, and no operator of the configuration. "
                + $"role: viewer, responder or admin. endsAt: when it stops to work, at most {LongestLife.TotalDays:0} days from now.")
            .WithRequestExample("""{"owner":"ada.byron@example.com","role":"responder","endsAt":"2027-05-24T00:00:00Z"}""")
            .WithResponseExample<MadeKeyAnswer>(201, Example.Replace("\"state\"", "\"key\": \"ehd_Zk3pQw…\", \"state\"", StringComparison.Ordinal))
            .ProducesProblems(400, 401, 403, 429, 503);

        keys.MapDelete("/{id}", RevokeAsync)
            .WithName("RevokeKey")
            .WithSummary("Revokes a key.")
            .WithDescription("From the next request on it opens nothing, at any replica. It stays on the list. 409 if it was revoked before or has ended.")
            .Produces(204)
            .ProducesProblems(401, 403, 404, 409, 429, 503);
    }

    private static async Task<IResult> ListAsync([AsParameters] PageQuery page, ApiKeys keys, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (page.FindFault() is { } fault) return fault;

        var found = await keys.ListAsync(page.CursorOrNull, page.LimitOrDefault + 1, cancellationToken);
        var shown = page.Of(found, key => key.Id);
        return TypedResults.Ok(new Page<ApiKeyAnswer>([.. shown.Items.Select(key => ApiKeyAnswer.Of(key, clock))], shown.NextCursor));
    }

    private static async Task<IResult> MakeAsync(
        Wish request, HttpContext context, ApiKeys keys, ConfiguredOperators configured, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (Problem.FindFault(request, Wish.Rules) is { } fault) return fault;
        if (ApiTime.Read(request.EndsAt)!.Value is var endsAt && (endsAt <= now || endsAt > now + LongestLife))
            return Problem.BadRequest($"endsAt must lie in the future, by at most {LongestLife.TotalDays:0} days.");
        if (configured.Include(request.Owner!))
            return Problem.BadRequest($"owner is the name of an operator of the configuration (Operators:{request.Owner!.Trim()}), and nobody could tell their acts apart. Name the person or the program that is to use the key.");

        var text = ApiKeyText.Create();
        var key = new ApiKey
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Hint = ApiKeyText.HintOf(text),
            Owner = request.Owner!.Trim(),
            Role = Enum.Parse<OperatorRole>(request.Role!, ignoreCase: true),
            CreatedAt = now,
            CreatedBy = context.OperatorName(),
            EndsAt = endsAt,
        };
        await keys.AddAsync(key, text, cancellationToken);
        return TypedResults.Created((string?)null, MadeKeyAnswer.Of(key, text, clock));
    }

    private static async Task<IResult> RevokeAsync(string id, HttpContext context, ApiKeys keys, CancellationToken cancellationToken)
    {
        if (await keys.FindByIdAsync(id, cancellationToken) is not { } found) return Problem.NotFound("There is no key of that id. Keys of the configuration are taken out there.");

        return await keys.TryRevokeAsync(found.Id, context.OperatorName(), cancellationToken)
            ? TypedResults.NoContent()
            : Problem.Conflict("It was revoked before or has ended, so it opens nothing, and it stays on the list.");
    }

    /// <summary>What an admin asks for.</summary>
    internal sealed record Wish(string? Owner, string? Role, string? EndsAt)
    {
        public static readonly InlineValidator<Wish> Rules = CreateRules();

        private static InlineValidator<Wish> CreateRules()
        {
            var rules = new InlineValidator<Wish>();
            rules.RuleFor(wish => wish.Owner).Must(OperatorNames.IsUsable).WithMessage($"owner must be {OperatorNames.Rule}.");
            rules.RuleFor(wish => wish.Role).Must(role => Enum.GetNames<OperatorRole>().Contains(role, StringComparer.OrdinalIgnoreCase))
                .WithMessage("role must be viewer, responder or admin.");
            rules.RuleFor(wish => wish.EndsAt).Must(endsAt => ApiTime.Read(endsAt) is not null)
                .WithMessage("endsAt must be a time such as 2027-05-24T00:00:00Z.");
            return rules;
        }
    }

    /// <summary>A key as admins read it.</summary>
    internal sealed record ApiKeyAnswer(
        string Id, ApiKeyState State, string Hint, string Owner, OperatorRole Role,
        DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset EndsAt, DateTimeOffset? RevokedAt, string? RevokedBy)
    {
        public static ApiKeyAnswer Of(ApiKey key, TimeProvider clock) => new(
            key.Id, key.StateAt(clock.GetUtcNow()), key.Hint, key.Owner, key.Role, key.CreatedAt, key.CreatedBy, key.EndsAt, key.RevokedAt, key.RevokedBy);
    }

    /// <summary>A key when it is made: the one time it is shown.</summary>
    internal sealed record MadeKeyAnswer(
        string Id, string Key, ApiKeyState State, string Hint, string Owner, OperatorRole Role,
        DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset EndsAt, DateTimeOffset? RevokedAt, string? RevokedBy)
    {
        public static MadeKeyAnswer Of(ApiKey key, string text, TimeProvider clock) => new(
            key.Id, text, key.StateAt(clock.GetUtcNow()), key.Hint, key.Owner, key.Role, key.CreatedAt, key.CreatedBy, key.EndsAt, key.RevokedAt, key.RevokedBy);
    }
}
