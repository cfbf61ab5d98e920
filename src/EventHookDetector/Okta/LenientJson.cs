using System.Text;
using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>
/// Reads JSON that need not be what it should be: any value may be missing, null or of another type. The answer is then
/// nothing. The reader stands on a name and goes on to the value, and whatever that is, to its end.
/// </summary>
internal static class LenientJson
{
    /// <summary>How deep a log event may nest. Okta's go to seven; what is deeper than this is read as far as this.</summary>
    public const int MaxDepth = 256;

    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <summary>Into the value if it is an object, else past it.</summary>
    public static bool EntersObject(this ref Utf8JsonReader reader) => reader.Enters(JsonTokenType.StartObject);

    /// <summary>Into the value if it is an array, else past it.</summary>
    public static bool EntersArray(this ref Utf8JsonReader reader) => reader.Enters(JsonTokenType.StartArray);

    /// <summary>To the next name of the object it is in, or to its end.</summary>
    public static bool NextName(this ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Into the next object of the array it is in, or to its end. What is no object is passed over.</summary>
    public static bool NextObject(this ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject) return true;
            reader.Skip();
        }

        return false;
    }

    /// <summary>The text of a string, number or boolean; null for all else, and for text that is blank.</summary>
    public static string? NextText(this ref Utf8JsonReader reader)
    {
        var text = reader.NextString();

        // A NUL ends a text in many a program that will show this one, and nobody can see it.
        return string.IsNullOrWhiteSpace(text) ? null : text.Replace('\0', '\uFFFD');
    }

    /// <summary>The same as it is: it may be blank, and hold a NUL.</summary>
    public static string? NextString(this ref Utf8JsonReader reader)
    {
        reader.Read();
        var text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
        reader.Skip();
        return text;
    }

    /// <summary>Past the value.</summary>
    public static void SkipNext(this ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <returns>The part before the break, with all closed that is open there.</returns>
    public static byte[] CloseWhereItBreaks(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
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

    private static bool Enters(this ref Utf8JsonReader reader, JsonTokenType start)
    {
        reader.Read();
        if (reader.TokenType == start) return true;

        reader.Skip();
        return false;
    }
}
