using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>How others see this detector. These keys stand at the top level.</summary>
internal sealed class PublicOptions
{
    public const string Section = "";

    /// <summary>
    /// The address under which operators reach the detector, such as <c>https://detector.example.com/</c>. Slack and mail
    /// link to it, to pages for people. Default: none, and then no notification has a link.
    /// </summary>
    public string? PublicUrl { get; set; }

    /// <summary>The address of something below it; null if it is not set.</summary>
    public Uri? LinkTo(string path) => string.IsNullOrEmpty(PublicUrl) ? null : new Uri($"{PublicUrl.Trim().TrimEnd('/')}/{path}", UriKind.Absolute);

    /// <summary>An operation in Swagger UI, which a browser shows to whoever has not entered a key yet.</summary>
    public Uri? LinkToOperation(string tag, string operation) => LinkTo($"swagger/index.html#/{Uri.EscapeDataString(tag)}/{operation}");

    internal sealed class Validator : AbstractValidator<PublicOptions>
    {
        public Validator() => RuleFor(o => o.PublicUrl)
            .Must(url => string.IsNullOrEmpty(url) || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.Query.Length == 0 && uri.Fragment.Length == 0))
            .WithMessage("must be an absolute http or https URL without a query, such as https://detector.example.com/");
    }
}
