using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>One operator, under <c>Operators:{name}</c>.</summary>
internal sealed class OperatorOptions
{
    public const string Section = "Operators";

    /// <summary>The key, as it is sent in the header X-Api-Key. A secret.</summary>
    public string Key { get; set; } = "";

    /// <summary>What the operator may do: viewer reads; responder and admin also act. Default: admin.</summary>
    public OperatorRole Role { get; set; } = OperatorRole.Admin;

    internal sealed class Validator : AbstractValidator<OperatorOptions>
    {
        public Validator() => RuleFor(o => o.Key)
            .Must(key => key.Length > 0 && key.All(c => c is > ' ' and <= '~'))
            .WithMessage("must be a key of visible ASCII characters without blanks; a long random one is best");
    }
}

/// <summary>What operators may do.</summary>
internal enum OperatorRole
{
    /// <summary>Read everything.</summary>
    Viewer,

    /// <summary>Also act: acknowledge, note, close, announce, retry, replay, test.</summary>
    Responder,

    /// <summary>Everything; in this version the same as responder.</summary>
    Admin,
}

/// <summary>Without an operator nobody could look, so at least one has to be there.</summary>
internal sealed class OperatorsCheck : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(IConfiguration configuration)
    {
        var operators = configuration.GetSection(OperatorOptions.Section).GetChildren().ToArray();
        if (operators.Length == 0)
            return ["Operators must name at least one: set Operators:{name}:Key (as an environment variable Operators__oncall__Key) to a long random text"];

        return operators.SelectMany(section =>
            SectionCheck.FindFaults(configuration, section.Path, new OperatorOptions(), new OperatorOptions.Validator()));
    }
}
