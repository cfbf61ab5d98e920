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
internal sealed class OperatorsCheck(IHostEnvironment environment) : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(IConfiguration configuration)
    {
        var operators = configuration.GetSection(OperatorOptions.Section).GetChildren().ToArray();
        if (operators.Length == 0 && string.IsNullOrEmpty(configuration["Oidc:Authority"]))
            return ["Operators must name at least one: set Operators:{name}:Key (as an environment variable Operators__oncall__Key) to a long random text, or Oidc:Authority, so that people can sign in"];

        var misnamed = operators.Where(section => !OperatorNames.IsUsable(section.Key)).Select(section => $"{section.Path} must be {OperatorNames.Rule}");
        return misnamed
            .Concat(operators.SelectMany(section => SectionCheck.FindFaults(configuration, section.Path, new OperatorOptions(), new OperatorOptions.Validator())))
            .Concat(FindSameNames(operators))
            .Concat(environment.IsDevelopment() ? [] : FindWeakKeys(operators));
    }

    private static IEnumerable<string> FindSameNames(IConfigurationSection[] operators) =>
        from section in operators
        let earlier = operators.TakeWhile(other => other != section).FirstOrDefault(other => OperatorNames.AreSame(other.Key, section.Key))
        where earlier is not null
        select $"{section.Path} must not look like {earlier.Path}: their acts could not be told apart";

    private static IEnumerable<string> FindWeakKeys(IConfigurationSection[] operators)
    {
        var keys = operators.Select(section => (Path: $"{section.Path}:{nameof(OperatorOptions.Key)}", Key: section[nameof(OperatorOptions.Key)])).ToArray();
        foreach (var (path, key) in keys)
        {
            if (StrongSecret.FindFault(key) is { } fault) yield return $"{path} {fault}";

            var earlier = keys.TakeWhile(other => other.Path != path).FirstOrDefault(other => other.Key == key && key is { Length: > 0 }).Path;
            if (earlier is not null) yield return $"{path} must differ from {earlier}, or their acts could not be told apart";
        }
    }
}
