using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventHookDetector.Okta.Ecs;

/// <returns>True when this value is what was looked for, and no further one needs to be read.</returns>
internal delegate bool EcsValueTest(EcsValue value);

/// <summary>One value of a field, still lying in the bytes it was read from: a string without its escapes, a number, a boolean.</summary>
internal readonly ref struct EcsValue(ReadOnlySpan<byte> utf8, JsonTokenType type = JsonTokenType.String)
{
    public ReadOnlySpan<byte> Utf8 { get; } = utf8;

    public override string ToString() => Encoding.UTF8.GetString(Utf8);

    public JsonNode? ToJson() => type == JsonTokenType.String ? JsonValue.Create(ToString()) : JsonNode.Parse(Utf8);

    public static bool Test(string text, EcsValueTest test)
    {
        const int maxOnStack = 256;
        if (text.Length == 0) return false;

        Span<byte> utf8 = text.Length <= maxOnStack ? stackalloc byte[maxOnStack * 3] : new byte[text.Length * 3];
        return test(new EcsValue(utf8[..Encoding.UTF8.GetBytes(text, utf8)]));
    }

    /// <summary>Tests what the reader stands on; null and an empty string are no values.</summary>
    public static bool Test(ref Utf8JsonReader reader, EcsKind kind, EcsValueTest test)
    {
        if (reader.TokenType == JsonTokenType.Null || reader.ValueSpan.IsEmpty) return false;

        var value = Of(ref reader);
        return kind.Admits(value.Utf8) && test(value);
    }

    /// <summary>What the reader stands on: no object and no array.</summary>
    public static EcsValue Of(scoped ref Utf8JsonReader reader)
    {
        var isAsItIs = reader.TokenType != JsonTokenType.String || (!reader.ValueIsEscaped && IsUtf8(reader.ValueSpan));
        return new(isAsItIs ? reader.ValueSpan : Encoding.UTF8.GetBytes(TextOf(ref reader)), reader.TokenType);
    }

    private static bool IsUtf8(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes);

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are no UTF-8: show what can be shown.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }
}
