using EventHookDetector.Hosting;

namespace EventHookDetector.Operators;

/// <summary>The operators whose keys stand in the configuration: they are there before the database is, and when it is away.</summary>
internal sealed class ConfiguredOperators(IConfiguration configuration)
{
    private readonly (string Name, SecretText Key, OperatorRole Role)[] _all =
        [.. configuration.GetSection(OperatorOptions.Section).GetChildren().Select(section =>
        {
            var options = section.Get<OperatorOptions>()!;
            return (section.Key, new SecretText([options.Key]), options.Role);
        })];

    public bool Include(string name) => _all.Any(known => OperatorNames.AreSame(known.Name, name));

    /// <summary>Compares with every key, so that the time it takes says nothing.</summary>
    public (string Name, OperatorRole Role)? FindByKey(string key)
    {
        (string, OperatorRole)? found = null;
        foreach (var (name, known, role) in _all)
        {
            if (known.Includes(key)) found = (name, role);
        }

        return found;
    }
}
