using System.Text;

namespace EventHookDetector.Okta.Ecs;

/// <summary>
/// What Okta thinks of the risk. It stands in the debug data as text: <c>{level=HIGH, reasons=New Device, New Country}</c>, or
/// as JSON within a string in <c>logOnlySecurityData</c>.
/// </summary>
internal static class DebugRisk
{
    private static readonly RawPath Risk = new("debugContext.debugData.risk");
    private static readonly RawPath Behaviors = new("debugContext.debugData.behaviors");
    private static readonly RawPath LogOnly = new("debugContext.debugData.logOnlySecurityData");
    private static readonly RawPath InnerLevel = new("risk.level");
    private static readonly RawPath InnerReasons = new("risk.reasons");

    public static IReadOnlyList<string> Level(byte[] json) => Find(json, InnerLevel, "level") is { Length: > 0 } level ? [level] : [];

    /// <returns>The same of the two that were read already; null if there is none.</returns>
    public static string? Level(string? risk, string? logOnly) =>
        (FindInside(logOnly, InnerLevel) ?? FindPair(risk, "level")) is { Length: > 0 } level ? level : null;

    public static IReadOnlyList<string> Reasons(byte[] json) =>
        (Find(json, InnerReasons, "reasons") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The behaviors that were seen.</summary>
    public static IReadOnlyList<string> Seen(byte[] json) =>
        [.. Pairs(Behaviors.First(json)).Where(pair => pair.Value == "POSITIVE").Select(pair => pair.Key)];

    private static string? Find(byte[] json, RawPath inner, string key) =>
        FindInside(LogOnly.First(json), inner) ?? FindPair(Risk.First(json), key);

    private static string? FindInside(string? logOnly, RawPath inner) =>
        string.IsNullOrEmpty(logOnly) ? null : inner.First(BrokenText.Replace(Encoding.UTF8.GetBytes(logOnly)));

    private static string? FindPair(string? risk, string key) => Pairs(risk).FirstOrDefault(pair => pair.Key == key).Value;

    private static IEnumerable<(string Key, string Value)> Pairs(string? text)
    {
        string? key = null, value = null;
        foreach (var part in (text ?? "").Trim('{', '}').Split(", "))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                value += $", {part}";   // a value may hold the separator: reasons do
                continue;
            }

            if (key is not null) yield return (key, value ?? "");
            (key, value) = (part[..equals].Trim(), part[(equals + 1)..]);
        }

        if (key is not null) yield return (key, value ?? "");
    }
}
