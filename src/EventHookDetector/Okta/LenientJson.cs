using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>
/// Reads JSON that need not be what it should be: any value may be missing, null, of another type, or cut off in the middle.
/// The answer is then nothing, never an error.
/// </summary>
internal static class LenientJson
{
    /// <summary>How deep a log event may nest. Okta's go to seven; what is deeper than this is read as far as this.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth };

    /// <summary>The document, or if it breaks off, the part before the break, closed where it breaks.</summary>
    public static JsonDocument Parse(byte[] json)
    {
        json = BrokenText.Replace(json);
        try
        {
            return JsonDocument.Parse(json, DocumentOptions);
        }
        catch (JsonException)
        {
            return JsonDocument.Parse(CloseWhereItBreaks(json), DocumentOptions);
        }
    }

    public static JsonElement At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>The text of a string, number or boolean; null for all else, and for text that is blank.</summary>
    public static string? Text(this JsonElement element, string name)
    {
        var value = element.At(name);
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        // A NUL ends a text in many a program that will show this one, and nobody can see it.
        return string.IsNullOrWhiteSpace(text) ? null : text.Replace('\0', '\uFFFD');
    }

    private static byte[] CloseWhereItBreaks(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth - 1 });
        var open = new Stack<byte>();
        var readTo = 0;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject) open.Push((byte)'}');
                else if (reader.TokenType == JsonTokenType.StartArray) open.Push((byte)']');
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) open.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName) continue;

                readTo = (int)reader.BytesConsumed;
            }
        }
        catch (JsonException)
        {
            // This is the break we were looking for.
        }

        return readTo == 0 ? "null"u8.ToArray() : [.. json[..readTo], .. open];
    }
}
