using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>Gives parts of what is served an address of their own. What has none is served wherever the detector listens otherwise.</summary>
internal sealed class ListenOptions
{
    public const string Section = "Listen";

    /// <summary>Where Okta's deliveries come in, such as <c>http://*:8080</c>. Default: none of its own.</summary>
    public string? Hook { get; set; }

    /// <summary>Where operators come in: /api, /swagger and the page at /. Default: none of its own.</summary>
    public string? Operators { get; set; }

    /// <summary>Where /metrics is read. Default: none of its own.</summary>
    public string? Metrics { get; set; }

    internal sealed class Validator : AbstractValidator<ListenOptions>
    {
        private const string Rule = "must be one address with a port, such as http://*:8080 or https://127.0.0.1:8443";

        public Validator()
        {
            RuleFor(o => o.Hook).Must(BeAnAddress).WithMessage(Rule);
            RuleFor(o => o.Operators).Must(BeAnAddress).WithMessage(Rule);
            RuleFor(o => o.Metrics).Must(BeAnAddress).WithMessage(Rule);
        }

        private static bool BeAnAddress(string? text)
        {
            if (string.IsNullOrEmpty(text)) return true;

            try
            {
                return BindingAddress.Parse(text) is { Port: > 0, PathBase: "", IsUnixPipe: false, IsNamedPipe: false } address && address.Scheme is "http" or "https";
            }
            catch (FormatException)
            {
                return false;
            }
        }
    }
}
