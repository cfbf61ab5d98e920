using EventHookDetector.Hosting;
using FluentValidation;

namespace EventHookDetector.Notifications;

/// <summary>The notifiers that are configured, by name. Not configured is not there.</summary>
internal sealed class Notifiers
{
    public Notifiers(IConfiguration configuration, IEnumerable<NotifierType> types, IServiceProvider services)
    {
        var byName = types.ToDictionary(type => type.Name, StringComparer.OrdinalIgnoreCase);
        All = [.. configuration.GetSection(NotifierOptions.Section).GetChildren()
            .Select(section => byName[section["Type"] ?? ""].Create(section, services))];
    }

    public IReadOnlyList<INotifier> All { get; }

    public INotifier? Find(string name) => All.FirstOrDefault(notifier => string.Equals(notifier.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One kind of channel: how it is checked, and how one is made.</summary>
internal sealed record NotifierType(
    string Name,
    IReadOnlyCollection<string> Keys,
    Func<IConfiguration, string, IEnumerable<string>> FindFaults,
    Func<IConfigurationSection, IServiceProvider, INotifier> Create)
{
    /// <param name="name">The word for <c>Notifiers:{name}:Type</c>.</param>
    /// <param name="create">Makes one from its name and its options.</param>
    public static NotifierType Of<TOptions, TValidator>(string name, Func<string, TOptions, IServiceProvider, INotifier> create)
        where TOptions : NotifierOptions, new()
        where TValidator : IValidator<TOptions>, new() => new(
            name,
            [.. typeof(TOptions).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)],
            (configuration, section) => SectionCheck.FindFaults(configuration, section, new TOptions(), new TValidator()),
            (section, services) =>
            {
                var options = new TOptions();
                section.Bind(options);
                return create(section.Key, options, services);
            });
}

/// <summary>Has every configured notifier checked by its type.</summary>
internal sealed class NotifiersCheck(IEnumerable<NotifierType> types) : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(IConfiguration configuration)
    {
        foreach (var section in configuration.GetSection(NotifierOptions.Section).GetChildren())
        {
            var type = types.FirstOrDefault(type => string.Equals(type.Name, section["Type"], StringComparison.OrdinalIgnoreCase));
            if (type is null)
            {
                yield return $"{section.Path}:Type must be one of {string.Join(", ", types.Select(known => known.Name))}";
                foreach (var fault in FindKeysOfNoType(section)) yield return fault;
                continue;
            }

            foreach (var fault in type.FindFaults(configuration, section.Path)) yield return fault;
        }
    }

    // Of which type it shall be is not known, so its keys are compared with those of all types.
    private IEnumerable<string> FindKeysOfNoType(IConfigurationSection section)
    {
        var known = types.SelectMany(type => type.Keys).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return section.GetChildren().Select(child => child.Key).Except(known, StringComparer.OrdinalIgnoreCase)
            .Select(key => SectionCheck.Unknown($"{section.Path}:{key}", known));
    }
}
