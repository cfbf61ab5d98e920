using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>Looks at one part of the configuration. All of them are asked at start, and all faults are told at once.</summary>
internal interface IConfigurationCheck
{
    /// <returns>One sentence a fault. Each begins with the key to edit, and none repeats a value: it might be a secret.</returns>
    IEnumerable<string> FindFaults(IConfiguration configuration);
}

internal static class ConfigurationCheck
{
    /// <summary>
    /// Binds the options to their section, and has them checked at start: unknown keys, values of the wrong kind, and whatever
    /// the validator says. A validator's message goes on after the key: <c>must be …</c>.
    /// </summary>
    public static IServiceCollection AddValidatedOptions<TOptions, TValidator>(this IServiceCollection services, string section)
        where TOptions : class, new()
        where TValidator : IValidator<TOptions>, new()
    {
        services.AddOptions<TOptions>().BindConfiguration(section);
        return services.AddSingleton<IConfigurationCheck>(new OptionsCheck<TOptions, TValidator>(section));
    }

    public static IReadOnlyList<string> FindConfigurationFaults(this IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        return [.. services.GetServices<IConfigurationCheck>().SelectMany(check => check.FindFaults(configuration)).Distinct(StringComparer.Ordinal)];
    }

    private sealed class OptionsCheck<TOptions, TValidator>(string section) : IConfigurationCheck
        where TOptions : class, new()
        where TValidator : IValidator<TOptions>, new()
    {
        public IEnumerable<string> FindFaults(IConfiguration configuration) =>
            SectionCheck.FindFaults(configuration, section, new TOptions(), new TValidator());
    }
}
