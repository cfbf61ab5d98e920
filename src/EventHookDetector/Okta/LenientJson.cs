using System.Runtime.InteropServices;
using System.Text;
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
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, DocumentOptions);
        }
        catch (JsonException)
        {
            return JsonDocument.Parse(CloseWhereItBreaks(json.Span), DocumentOptions);
        }
    }

    public static JsonElement At(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object) return default;

        try
        {
            return element.TryGetProperty(name, out var value) ? value : default;
        }
        catch (InvalidOperationException)
        {
            // Some other name beside it holds half a surrogate pair, so compare what stands there.
            var wanted = Encoding.UTF8.GetBytes(name);
            return element.EnumerateObject().LastOrDefault(property => JsonMarshal.GetRawUtf8PropertyName(property).SequenceEqual(wanted)).Value;
        }
    }

    /// <summary>Whether the reader stands on this text; half a surrogate pair is no text.</summary>
    public static bool IsAt(this ref Utf8JsonReader reader, ReadOnlySpan<byte> text) =>
        reader.ValueIsEscaped ? IsAtEscaped(ref reader, text) : reader.ValueTextEquals(text);

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>The text of a string, number or boolean; null for all else, and for text that is blank.</summary>
    public static string? Text(this JsonElement element, string name)
    {
        var value = element.At(name);
        var text = value.ValueKind switch
        {
            JsonValueKind.String => StringOf(value),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    private static bool IsAtEscaped(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? StringOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are no UTF-8: show what can be shown.
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(value)).Trim('"');
        }
    }

    private static byte[] CloseWhereItBreaks(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth - 1 });
        var open = new Stack<byte>();
        var readTo = 0;
        var openThen = Array.Empty<byte>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject) open.Push((byte)'}');
                else if (reader.TokenType == JsonTokenType.StartArray) open.Push((byte)']');
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) open.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName) continue;

                readTo = (int)reader.BytesConsumed;
                openThen = [.. open];
            }
        }
        catch (JsonException)
        {
            // This is the break we were looking for.
        }

        return readTo == 0 ? "null"u8.ToArray() : [.. json[..readTo], .. openThen];
    }
}
