using System.Security.Claims;
using System.Text.Encodings.Web;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace EventHookDetector.EventHook;

/// <summary>
/// Okta signs nothing: the one proof that a request is Okta's is a header with the value typed in there. This runs before the
/// body is read, so a stranger costs us a few microseconds and no memory.
/// </summary>
internal sealed class SharedSecret(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, IOptions<EventHookOptions> options, RefusedStrangers refused)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "EventHookSecret";
    public const string Policy = "Okta";

    private static readonly AuthenticationTicket Okta =
        new(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "okta")], SchemeName)), SchemeName);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var sent = Request.Headers[options.Value.Header];
        var isOkta = sent is [{ } value] && SecretText.EqualsAny(value, options.Value.Secrets);
        return Task.FromResult(isOkta ? AuthenticateResult.Success(Okta) : AuthenticateResult.NoResult());
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        refused.Count(options.Value.Header);
        Response.Headers.WWWAuthenticate = $"{SchemeName} realm=\"okta event hook\"";
        return Problem.UnauthorizedAsync(
            Context,
            $"The header {options.Value.Header} is missing or holds none of the secrets that are configured here. "
            + "Make the authentication secret of the event hook in Okta the same as EventHook:Secrets, and verify the hook again.");
    }
}
