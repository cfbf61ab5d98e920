using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.EventHook;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Operators;
using EventHookDetector.Retention;
using EventHookDetector.Storage;
using EventHookDetector.Triage;
using EventHookDetector.Triage.Backtests;

namespace EventHookDetector;

/// <summary>Tells settings on the command line (<c>--Section:Key VALUE</c>) from misspelt flags.</summary>
internal static class CommandLineFlags
{
    // A misspelt flag must not start a second detector on the same database, so each section is named here.
    private static readonly string[] Sections =
    [
        EventHookOptions.Section, QuarantineOptions.Section, OperatorOptions.Section, OidcOptions.Section, DetectionOptions.Section, AlertsOptions.Section,
        ExceptionsOptions.Section, BacktestsOptions.Section, NotifierOptions.Section, StorageOptions.Section, RetentionOptions.Section, ListenOptions.Section, ProxyOptions.Section,
        ShutdownOptions.Section, TelemetryOptions.Section, "Logging", "Kestrel", "HostBuilder", "HostOptions",
    ];

    private static readonly string[] SingleKeys =
    [
        nameof(PublicOptions.PublicUrl), "AllowedHosts", "urls", "http_ports", "https_ports", "environment", "contentRoot", "webRoot", "applicationName",
        "preventHostingStartup", "hostingStartupAssemblies", "captureStartupErrors", "detailedErrors", "suppressStatusMessages", "shutdownTimeoutSeconds", "preferHostingUrls",
    ];

    /// <param name="words">All that stands behind the program's name.</param>
    /// <param name="commands">The flags that are commands; they stand first or not at all.</param>
    /// <returns>One sentence; null if all are settings.</returns>
    public static string? FindFault(IReadOnlyList<string> words, IEnumerable<string> commands)
    {
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            if (!word.StartsWith("--", StringComparison.Ordinal)) return $"{word} is neither a setting nor the value of one. A command stands first, and before a setting stand two hyphens.";

            var (key, hasValue) = word.IndexOf('=', StringComparison.Ordinal) is > 0 and var end ? (word[2..end], true) : (word[2..], false);
            if (commands.Contains(word, StringComparer.Ordinal)) return $"{word} must stand alone or first.";
            if (!IsASetting(key)) return $"There is no flag or setting --{key}.{Suggest(key, commands)}";
            if (!hasValue && (++at == words.Count || words[at].StartsWith("--", StringComparison.Ordinal))) return $"--{key} needs a value: --{key} VALUE.";
        }

        return null;
    }

    private static bool IsASetting(string key) => key.Split(':') switch
    {
        [var single] => SingleKeys.Concat(Sections).Contains(single, StringComparer.OrdinalIgnoreCase) || single.StartsWith("OTEL_", StringComparison.Ordinal),
        [var section, ..] => Sections.Contains(section, StringComparer.OrdinalIgnoreCase),
        _ => false,
    };

    private static string Suggest(string key, IEnumerable<string> commands)
    {
        var parts = key.Split(':', 2);
        var meant = parts.Length == 2
            ? Nearest.To(parts[0], Sections) is { } section ? $"--{section}:{parts[1]}" : null
            : Nearest.To(key, SingleKeys.Concat(commands.Select(command => command.TrimStart('-')))) is { } word
                ? (commands.FirstOrDefault(command => command.TrimStart('-') == word) ?? $"--{word}")
                : null;
        return meant is null ? "" : $" Perhaps {meant} is meant.";
    }

    /// <summary>Finds misspelt sections, wherever they were set. Environment variables of other programs are passed over.</summary>
    internal sealed class SectionsCheck : IConfigurationCheck
    {
        public IEnumerable<string> FindFaults(IConfiguration configuration) =>
            from section in configuration.GetChildren()
            where !Sections.Contains(section.Key, StringComparer.OrdinalIgnoreCase) && section.GetChildren().Any()
            let meant = Nearest.To(section.Key, Sections)
            where meant is not null
            select $"{section.Key} is not a section of the settings; perhaps {meant} is meant";
    }
}
