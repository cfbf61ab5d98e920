using EventHookDetector.Alerts;

namespace EventHookDetector.Notifications;

/// <summary>Begins a title with a raised severity: its word, then a symbol whose colour says the same.</summary>
internal static class SeverityMark
{
    /// <summary>A severity that no fact has raised stays out of the title: a list that begins with "low" everywhere says nothing.</summary>
    public static string Lead(AlertSeverity severity, bool isRaised, string title) => isRaised ? $"{severity} {SymbolOf(severity)} {title}" : title;

    public static string SymbolOf(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Critical => "\U0001F534",   // red circle
        AlertSeverity.High => "\U0001F7E0",       // orange circle
        AlertSeverity.Medium => "\U0001F7E1",     // yellow circle
        _ => "\U0001F535",                        // blue circle
    };

    /// <summary>The same colour for HTML, readable on a light and on a dark ground.</summary>
    public static string ColourOf(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Critical => "#d93025",
        AlertSeverity.High => "#e8710a",
        AlertSeverity.Medium => "#c79a00",
        _ => "#1a73e8",
    };
}
