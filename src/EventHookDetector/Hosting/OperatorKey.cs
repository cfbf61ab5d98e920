using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Hosting;

/// <summary>Knows operators by the key they send.</summary>
internal sealed class OperatorKey(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, Operators operators)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "OperatorKey";
    public const string Header = "X-Api-Key";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers[Header] is not [{ } key] || operators.FindByKey(key) is not { } found)
            return Task.FromResult(AuthenticateResult.NoResult());

        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, found.Name), new Claim(ClaimTypes.Role, found.Role.ToString())], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = $"{SchemeName} realm=\"operators\"";
        return Problem.UnauthorizedAsync(
            Context, $"The header {Header} is missing or holds no operator's key. Keys are configured as Operators:{{name}}:Key; in Swagger UI, use Authorize.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problem.ForbiddenAsync(Context, "This needs the role responder or admin (Operators:{name}:Role).");
}

internal static class OperatorOfRequest
{
    /// <summary>The name of whoever is asking, for what is written down about them.</summary>
    public static string OperatorName(this HttpContext context) => context.User.Identity?.Name ?? "unknown";
}

/// <summary>The operators by name.</summary>
internal sealed class Operators(IConfiguration configuration)
{
    private readonly (string Name, SecretText Key, OperatorRole Role)[] _all =
        [.. configuration.GetSection(OperatorOptions.Section).GetChildren().Select(section =>
        {
            var options = section.Get<OperatorOptions>()!;
            return (section.Key, new SecretText([options.Key]), options.Role);
        })];

    /// <summary>Compares with every key, so that the time it takes says nothing.</summary>
    public (string Name, OperatorRole Role)? FindByKey(string key)
    {
        (string, OperatorRole)? found = null;
        foreach (var (name, known, role) in _all)
        {
            if (known.Includes(key)) found = (name, role);
        }

        return found;
    }
}
