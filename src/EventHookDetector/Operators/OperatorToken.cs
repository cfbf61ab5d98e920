using System.Security.Claims;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventHookDetector.Operators;

/// <summary>Knows operators by the access token that their provider gave them.</summary>
internal sealed class OperatorToken(IOptions<OidcOptions> options, ConfiguredOperators configured, TimeProvider clock) : IConfigureNamedOptions<JwtBearerOptions>
{
    public const string SchemeName = "Oidc";

    private const string Nameless =
        $"None of the token's claims preferred_username, email and sub can name whoever signed in: one of them must be {OperatorNames.Rule}, and not the name of an operator of the configuration.";

    private const string Critical = "The token demands an extension (its header crit) that is not known here. Have the provider make tokens without it.";

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly OidcOptions _oidc = options.Value;

    public void Configure(JwtBearerOptions options) => Configure(SchemeName, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        options.Authority = _oidc.Authority;
        options.RequireHttpsMetadata = _oidc.Authority?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
        options.MapInboundClaims = false;
        options.BackchannelTimeout = ProviderBackchannel.Patience;
        options.BackchannelHttpHandler = new ProviderBackchannel(clock);
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = _oidc.Audience,
            // What is signed with a secret we share with the issuer could be signed by us, and "none" by anybody.
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
                SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384],
            RequireExpirationTime = true,
            LifetimeValidator = IsInTime,
        };
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                // An extension that a token calls critical may change what it allows, and none is known here (RFC 7515, 4.1.11).
                if (context.SecurityToken is JsonWebToken { } token && token.TryGetHeaderValue<object>("crit", out _))
                {
                    context.Fail(Critical);
                    return Task.CompletedTask;
                }

                if (NameOf(context.Principal!) is { } name) context.Principal = new ClaimsPrincipal(IdentityOf(name, context.Principal!));
                else context.Fail(Nameless);
                var until = context.SecurityToken.ValidTo;
                context.HttpContext.Features.Set(new Admission(_ => Task.FromResult(IsBefore(until))));
                return Task.CompletedTask;
            },
            OnChallenge = ChallengeAsync,
            OnForbidden = context => OperatorPolicies.ForbidAsync(
                context.HttpContext,
                $"The token's claim {_oidc.RoleClaim} must hold {_oidc.ViewerRole}, {_oidc.ResponderRole} or {_oidc.AdminRole} (Oidc:RoleClaim, Oidc:ViewerRole and so on)."),
        };
    }

    private bool IsInTime(DateTime? from, DateTime? until, SecurityToken token, TokenValidationParameters parameters) =>
        until is { } end && IsBefore(end) && (from is not { } start || start <= clock.GetUtcNow().UtcDateTime + Skew);

    private bool IsBefore(DateTime end) => end > clock.GetUtcNow().UtcDateTime - Skew;

    /// <summary>What may be mistaken for somebody else is passed over; the last of them is the provider's own id.</summary>
    private string? NameOf(ClaimsPrincipal token) => ((string[])["preferred_username", "email", "sub"])
        .Select(token.FindFirstValue)
        .FirstOrDefault(name => OperatorNames.IsUsable(name) && !configured.Include(name!))?.Trim();

    private ClaimsIdentity IdentityOf(string name, ClaimsPrincipal token)
    {
        var values = RoleClaim.Read(token, _oidc.RoleClaim);
        OperatorRole? role = values.Contains(_oidc.AdminRole) ? OperatorRole.Admin
            : values.Contains(_oidc.ResponderRole) ? OperatorRole.Responder
            : values.Contains(_oidc.ViewerRole) ? OperatorRole.Viewer
            : null;
        return role is { } known
            ? OperatorPolicies.IdentityOf(name, known)
            : new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], OperatorPolicies.Scheme);   // somebody, but with no role here
    }

    private static async Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        var failed = context.HttpContext.RequestServices.GetRequiredService<FailedAttempts>();
        if (!await KnowsItsKeysAsync(context))
        {
            context.HttpContext.Response.Headers.RetryAfter = "5";
            await failed.RefuseAsync(context.HttpContext, () => TypedResults.Problem(
                "The keys of Oidc:Authority cannot be read now, so no token can be checked: look whether this machine reaches it. An operator's key (X-Api-Key) opens meanwhile.",
                statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context.HttpContext));
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        await failed.RefuseAsync(context.HttpContext, context.AuthenticateFailure switch
        {
            SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException => "The token has ended, or does not hold yet. Sign in again.",
            SecurityTokenInvalidAudienceException => "The token is for another audience than Oidc:Audience.",
            SecurityTokenInvalidIssuerException => "The token is from another issuer than Oidc:Authority.",
            { Message: Nameless or Critical } known => known.Message,
            _ => "The token in the header Authorization was not signed by Oidc:Authority, or is no token at all. Sign in again.",
        });
    }

    /// <summary>The framework takes a provider that cannot be asked for one that did not issue the token.</summary>
    private static async Task<bool> KnowsItsKeysAsync(JwtBearerChallengeContext context)
    {
        try
        {
            return await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted) is not null;
        }
        catch (Exception fault) when (fault is InvalidOperationException or IOException or HttpRequestException)
        {
            return false;
        }
    }
}
