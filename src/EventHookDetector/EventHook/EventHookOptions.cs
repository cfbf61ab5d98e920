using System.Text.RegularExpressions;
using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.EventHook;

/// <summary>What Okta and we have agreed on.</summary>
internal sealed partial class EventHookOptions
{
    public const string Section = "EventHook";

    /// <summary>The header that carries the secret. Default: Authorization, as Okta's form for event hooks suggests.</summary>
    public string Header { get; set; } = "Authorization";

    /// <summary>
    /// The secrets that are accepted, exactly as they are typed in at Okta. A secret. One is enough; two live side by side
    /// while the old one is being replaced. Default: none, and then the detector does not start.
    /// </summary>
    public IList<string> Secrets { get; set; } = [];

    /// <summary>The longest body that is read, in bytes; what is longer is answered 413. Default: 16 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 16 * 1024 * 1024;

    internal sealed class Validator : AbstractValidator<EventHookOptions>
    {
        public Validator()
        {
            RuleFor(o => o.Header)
                .Must(name => HeaderName().IsMatch(name))
                .WithMessage("must be the name of an HTTP header, such as Authorization or X-Okta-Secret");

            RuleFor(o => o.Secrets)
                .NotEmpty()
                .WithMessage("must hold at least one secret: set EventHook:Secrets:0 (as an environment variable EventHook__Secrets__0) to the value typed in at Okta");

            RuleForEach(o => o.Secrets)
                .Must(secret => HeaderValue().IsMatch(secret ?? ""))
                .WithMessage("must be a text that a header can carry: visible ASCII characters, blanks only inside, not empty");

            RuleFor(o => o.MaxBodyBytes)
                .InclusiveBetween(64 * 1024, 256 * 1024 * 1024)
                .WithMessage("must lie between 65536 (64 KiB) and 268435456 (256 MiB)");
        }
    }

    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]+\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HeaderName();

    [GeneratedRegex("^[\\x21-\\x7E]([\\x20-\\x7E]*[\\x21-\\x7E])?\\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HeaderValue();
}

/// <summary>Refuses secrets that strangers could guess or read.</summary>
internal sealed class EventHookSecretsCheck(IHostEnvironment environment) : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(IConfiguration configuration) =>
        from secret in configuration.GetSection($"{EventHookOptions.Section}:{nameof(EventHookOptions.Secrets)}").GetChildren()
        let fault = environment.IsDevelopment() ? null : StrongSecret.FindFault(secret.Value)
        where fault is not null
        select $"{secret.Path} {fault}";
}
