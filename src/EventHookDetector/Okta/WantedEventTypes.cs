using System.Text;
using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>The event types that somebody wants to look at, ready to be compared with bytes.</summary>
internal sealed class WantedEventTypes(IEnumerable<string> eventTypes)
{
    private readonly (string Name, byte[] Bytes)[] _types =
        [.. eventTypes.Distinct(StringComparer.Ordinal).Select(name => (name, Encoding.UTF8.GetBytes(name)))];

    /// <returns>The event type the reader stands on, if it is wanted.</returns>
    public string? Find(ref Utf8JsonReader reader)
    {
        foreach (var (name, bytes) in _types)
        {
            // Compares the bytes, and unescapes only where the sender escaped.
            if (reader.Is(bytes)) return name;
        }

        return null;
    }
}
