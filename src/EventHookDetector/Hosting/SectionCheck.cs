using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>
/// Finds every fault in one section, where the framework's binder stops at the first, says nothing of a misspelt key, and
/// repeats the value, which may be a secret.
/// </summary>
internal static class SectionCheck
{
    public static IEnumerable<string> FindFaults<TOptions>(
        IConfiguration configuration, string section, TOptions options, IValidator<TOptions> validator)
        where TOptions : class
    {
        var values = section.Length == 0 ? configuration : configuration.GetSection(section);
        var properties = typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToArray();
        // The root holds everybody's sections, so what is unknown there is none of our business.
        var faults = section.Length == 0 ? [] : FindUnknownKeys(values, section, properties).ToList();
        var unreadable = properties.Where(property => !CanRead(values[property.Name], property.PropertyType)).ToArray();
        faults.AddRange(unreadable.Select(property => $"{Key(section, property.Name)} must be {Kind(property.PropertyType)}"));

        // What cannot be read would stop the binder, so it stays at its default and the others are looked at all the same.
        Without(values, unreadable).Bind(options);
        faults.AddRange(
            from error in validator.Validate(options).Errors
            let key = ToKey(error.PropertyName)
            where !unreadable.Any(property => property.Name == key.Split(':')[0])
            select $"{Key(section, key)} {error.ErrorMessage}");
        return faults;
    }

    private static IEnumerable<string> FindUnknownKeys(IConfiguration values, string section, PropertyInfo[] properties) =>
        from child in values.GetChildren()
        where !properties.Any(property => string.Equals(property.Name, child.Key, StringComparison.OrdinalIgnoreCase))
        select Unknown(Key(section, child.Key), properties.Select(property => property.Name).ToArray());

    /// <summary>The fault of a misspelt key.</summary>
    public static string Unknown(string key, IReadOnlyCollection<string> known) =>
        Nearest.To(key.Split(':')[^1], known) is { } meant
            ? $"{key} is not a setting; perhaps {meant} is meant. There are {string.Join(", ", known)}"
            : $"{key} is not a setting; there are {string.Join(", ", known)}";

    private static IConfiguration Without(IConfiguration values, PropertyInfo[] left) => left.Length == 0 ? values : new ConfigurationBuilder()
        .AddInMemoryCollection(values.AsEnumerable(makePathsRelative: values is IConfigurationSection)
            .Where(pair => !left.Any(property => string.Equals(property.Name, pair.Key.Split(':')[0], StringComparison.OrdinalIgnoreCase))))
        .Build();

    private static bool CanRead(string? value, Type type)
    {
        var isList = type != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(type);
        if (value is null or "") return value is null || isList || type == typeof(string);

        // A list is written as keys :0, :1 and so on, and a single value for it would be ignored in silence.
        if (isList) return false;

        // Stricter than the framework's binder, which guesses.
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan)) return LengthOfTime.Read(value) is not null;

        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, value) is { } read
                && (!type.IsEnum || Enum.IsDefined(type, read));
        }
        catch (Exception) when (type != typeof(string))
        {
            return false;
        }
    }

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } kind => $"one of {string.Join(", ", Enum.GetNames(kind))}",
        var kind when kind == typeof(bool) => "true or false",
        var kind when kind == typeof(TimeSpan) => LengthOfTime.Example,
        var kind when kind == typeof(int) || kind == typeof(long) => "a whole number",
        var kind when kind == typeof(double) => "a number such as 0.5",
        _ => "a list, written as keys ending in :0, :1 and so on",
    };

    private static string Key(string section, string name) => section.Length == 0 ? name : $"{section}:{name}";

    // FluentValidation names the items of a list Secrets[0], the configuration Secrets:0.
    private static string ToKey(string propertyName) => propertyName.Replace("[", ":", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
}
