using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.Operators;

/// <summary>One operator, under <c>Operators:{name}</c>.</summary>
internal sealed class OperatorOptions
{
    public const string Section = "Operators";

    /// <summary>The key, as it is sent in the header X-Api-Key. A secret.</summary>
    public string Key { get; set; } = "";

    /// <summary>What the operator may do: viewer reads; responder also acts; admin also makes and revokes keys. Default: admin.</summary>
    public OperatorRole Role { get; set; } = OperatorRole.Admin;

    internal sealed class Validator : AbstractValidator<OperatorOptions>
    {
        public Validator() => RuleFor(o => o.Key)
            .Must(key => key.Length > 0 && key.All(c => c is > ' ' and <= '~'))
            .WithMessage("must be a key of visible ASCII characters without blanks; a long random one is best");
    }
}

/// <summary>Without an operator nobody could look, so there has to be a way to become one.</summary>
internal sealed class OperatorsCheck : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(IConfiguration configuration)
    {
        var operators = configuration.GetSection(OperatorOptions.Section).GetChildren().ToArray();
        if (operators.Length == 0 && string.IsNullOrEmpty(configuration["Oidc:Authority"]))
            return ["Operators must name at least one: set Operators:{name}:Key (as an environment variable Operators__oncall__Key) to a long random text, or Oidc:Authority, so that people can sign in"];

        var misnamed = operators.Where(section => !OperatorNames.IsUsable(section.Key)).Select(section => $"{section.Path} must be {OperatorNames.Rule}");
        return misnamed.Concat(operators.SelectMany(section =>
            SectionCheck.FindFaults(configuration, section.Path, new OperatorOptions(), new OperatorOptions.Validator())));
    }
}
