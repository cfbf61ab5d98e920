using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>Where else than to <c>/metrics</c> and the console what is measured, traced and logged goes.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>
    /// The address of an OpenTelemetry collector, such as <c>http://collector:4317</c>. Traces, metrics and logs go there. Default: none,
    /// and then there are no traces.
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    internal sealed class Validator : AbstractValidator<TelemetryOptions>
    {
        public Validator() => RuleFor(o => o.OtlpEndpoint)
            .Must(url => string.IsNullOrEmpty(url) || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }))
            .WithMessage("must be an absolute http or https URL without a query and without a password, such as http://collector:4317");
    }
}
