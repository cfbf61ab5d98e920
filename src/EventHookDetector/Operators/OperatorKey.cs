using System.Security.Claims;
using System.Text.Encodings.Web;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Operators;

/// <summary>Knows operators by the key they send: one of the configuration, or one that an admin made.</summary>
internal sealed class OperatorKey(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, UrlEncoder encoder, ConfiguredOperators configured, ApiKeys keys, FailedAttempts failed)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, NullLoggerFactory.Instance, encoder)   // or each stranger would cost a line
{
    public const string SchemeName = "OperatorKey";

    private string _because =
        $"The header {OperatorPolicies.KeyHeader} is missing or holds no operator's key. Keys are configured as Operators:{{name}}:Key, or made by an admin "
        + "(POST /api/keys); in Swagger UI, use Authorize.";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers[OperatorPolicies.KeyHeader] is not [{ } key]) return AuthenticateResult.NoResult();
        if (configured.FindByKey(key) is { } found) return Success(found.Name, found.Role);
        if (!ApiKeyText.IsOne(key) || await keys.FindAsync(key, Context.RequestAborted) is not { } made) return AuthenticateResult.NoResult();

        switch (made.StateAt(TimeProvider.GetUtcNow()))
        {
            case ApiKeyState.Valid:
                Context.Features.Set(new Admission(async cancellationToken =>
                    (await keys.FindAsync(key, cancellationToken))?.StateAt(TimeProvider.GetUtcNow()) == ApiKeyState.Valid));
                return Success(made.Owner, made.Role);
            case ApiKeyState.Revoked: _because = "This key was revoked. An admin can make another one (POST /api/keys)."; break;
            default: _because = $"This key ended at {made.EndsAt:u}. An admin can make another one (POST /api/keys)."; break;
        }

        return AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = $"{SchemeName} realm=\"operators\"";
        return failed.RefuseAsync(Context, _because);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        OperatorPolicies.ForbidAsync(Context, "A key has the role it was made with, or Operators:{name}:Role.");

    private static AuthenticateResult Success(string name, OperatorRole role) => AuthenticateResult.Success(
        new AuthenticationTicket(new ClaimsPrincipal(OperatorPolicies.IdentityOf(name, role)), SchemeName));
}
