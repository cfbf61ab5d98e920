using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace EventHookDetector.Hosting;

/// <summary>Who may do what. How operators are known is the matter of another folder; here is what their role opens.</summary>
internal static class OperatorPolicies
{
    /// <summary>The one scheme that all operators' routes ask; it decides by the request which kind of proof to look at.</summary>
    public const string Scheme = "Operator";

    /// <summary>The header that holds an operator's key.</summary>
    public const string KeyHeader = "X-Api-Key";

    public static AuthorizationBuilder AddOperatorPolicies(this AuthorizationBuilder authorization)
    {
        foreach (var role in Enum.GetValues<OperatorRole>())
        {
            authorization.AddPolicy(NameOf(role), policy => policy
                .AddAuthenticationSchemes(Scheme)
                .RequireAuthenticatedUser()
                .RequireRole(Enum.GetNames<OperatorRole>()[(int)role..]));
        }

        return authorization;
    }

    /// <summary>For any operator. Query parameters that the route does not know are refused.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require(OperatorRole.Viewer).AddEndpointFilter(QueryParameters.RefuseUnknownAsync);

    /// <summary>For operators who may act.</summary>
    public static TBuilder RequireResponder<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require(OperatorRole.Responder);

    /// <summary>For operators who manage keys and personal data. Query parameters that the route does not know are refused.</summary>
    public static TBuilder RequireAdmin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require(OperatorRole.Admin).AddEndpointFilter(QueryParameters.RefuseUnknownAsync);

    /// <summary>The least role that a route opens to.</summary>
    /// <returns>Null if it opens to everybody.</returns>
    public static OperatorRole? RoleFor(IEnumerable<object> metadata) => metadata.OfType<IAuthorizeData>()
        .Select(required => Enum.GetValues<OperatorRole>().Cast<OperatorRole?>().FirstOrDefault(role => NameOf(role!.Value) == required.Policy))
        .Max();

    /// <summary>The name of whoever is asking, for what is written down about them.</summary>
    public static string OperatorName(this HttpContext context) => context.User.Identity?.Name ?? "unknown";

    /// <summary>Whether whoever is asking would still be let in: for an answer that goes on and on.</summary>
    public static async Task<bool> IsStillLetInAsync(this HttpContext context, CancellationToken cancellationToken) =>
        context.Features.Get<Admission>() is not { } admission || await admission.HoldsAsync(cancellationToken);

    public static ClaimsIdentity IdentityOf(string name, OperatorRole role) =>
        new([new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role.ToString())], Scheme);

    public static Task ForbidAsync(HttpContext context, string because) =>
        Problem.ForbiddenAsync(context, $"This needs the role {Describe(RoleFor(context.GetEndpoint()?.Metadata ?? []))}. {because}");

    /// <summary>The roles that a route opens to, in words.</summary>
    public static string Describe(OperatorRole? role) => role switch
    {
        OperatorRole.Viewer => "viewer, responder or admin",
        OperatorRole.Responder => "responder or admin",
        _ => "admin",
    };

    private static TBuilder Require<TBuilder>(this TBuilder builder, OperatorRole role)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(NameOf(role));

    private static string NameOf(OperatorRole role) => $"At least {role}";
}
