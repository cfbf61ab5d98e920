using System.Text;
using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>The event types that somebody wants to look at, ready to be compared with bytes.</summary>
internal sealed class WantedEventTypes(IEnumerable<string> eventTypes)
{
    private readonly (string Name, byte[] Quoted)[] _types =
        [.. eventTypes.Distinct(StringComparer.Ordinal).Select(name => (name, Encoding.UTF8.GetBytes($"\"{name}\"")))];

    /// <returns>The event type the reader stands on, if it is wanted.</returns>
    public string? Find(ref Utf8JsonReader reader)
    {
        foreach (var (name, quoted) in _types)
        {
            // Compares the bytes, and unescapes only where the sender escaped.
            if (reader.IsAt(quoted.AsSpan()[1..^1])) return name;
        }

        return null;
    }

    /// <returns>The next place, from <paramref name="from"/> on, where a wanted event type stands in quotes.</returns>
    public Hit? FindNext(ReadOnlySpan<byte> body, int from)
    {
        Hit? first = null;
        foreach (var (name, quoted) in _types)
        {
            var at = body[from..].IndexOf(quoted);
            if (at >= 0 && (first is null || from + at < first.Value.Start)) first = new(from + at, from + at + quoted.Length, name);
        }

        return first;
    }

    public readonly record struct Hit(int Start, int End, string EventType);
}
