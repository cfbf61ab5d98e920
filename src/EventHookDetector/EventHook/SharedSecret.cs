using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.EventHook;

/// <summary>
/// Okta signs nothing: the one proof that a request is Okta's is a header with the value typed in there. This is asked before
/// the body is read, so a stranger costs us a few microseconds and no memory.
/// </summary>
internal sealed class SharedSecret(IOptions<EventHookOptions> options, RefusedStrangers refused)
{
    public const string SchemeName = "EventHookSecret";

    private readonly string _header = options.Value.Header;
    private readonly SecretText _secrets = new(options.Value.Secrets);

    public bool IsIn(HttpRequest request) => request.Headers[_header] is [{ } value] && _secrets.Includes(value);

    public Task RefuseAsync(HttpContext context)
    {
        refused.Count(_header);
        context.Response.Headers.WWWAuthenticate = $"{SchemeName} realm=\"okta event hook\"";
        return Problem.UnauthorizedAsync(
            context,
            $"The header {_header} is missing or holds none of the secrets that are configured here. "
            + "Make the authentication secret of the event hook in Okta the same as EventHook:Secrets, and verify the hook again.");
    }
}
