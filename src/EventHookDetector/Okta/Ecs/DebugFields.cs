using System.Buffers;
using System.Text.Json;

namespace EventHookDetector.Okta.Ecs;

internal delegate bool EcsNameTest(ReadOnlySpan<char> name);

/// <summary>
/// <c>debugContext.debugData</c> as it is: no contract, keys and values change with any release of Okta's. A value within
/// objects has their keys before its own, with dots between.
/// </summary>
internal static class DebugFields
{
    // As in Elastic, where a field of the type "flattened" is cut off at this depth. Okta's keys are a few words in camelCase;
    // the limit on their length bounds the work on a body made to be slow.
    private const int MaxDepth = 20;
    private const int MaxKeyBytes = 256;

    private static readonly RawPath Path = new("debugContext.debugData");
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = LenientJson.MaxDepth };

    /// <returns>Whether a value passes whose name passes too. A name begins with <see cref="EcsFields.Flattened"/>.</returns>
    public static bool Any(ReadOnlySpan<byte> json, EcsNameTest nameTest, EcsValueTest test)
    {
        var objects = Path.Objects(json);
        if (objects.Count == 0) return false;

        var name = ArrayPool<char>.Shared.Rent(EcsFields.Flattened.Length + (MaxDepth * (MaxKeyBytes + 1)));
        EcsFields.Flattened.CopyTo(name);
        var walk = new Walk(name, nameTest, test);
        var found = false;
        foreach (var range in objects) found = found || AnyIn(json[range], walk);
        ArrayPool<char>.Shared.Return(name);
        return found;
    }

    private static bool AnyIn(ReadOnlySpan<byte> json, Walk walk)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            return reader.Read() && Descend(ref reader, walk, EcsFields.Flattened.Length, depth: 0);
        }
        catch (JsonException)
        {
            return false;   // what stands before the break has been tested
        }
    }

    private static bool Descend(ref Utf8JsonReader reader, Walk walk, int length, int depth)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (Descend(ref reader, walk, length, depth)) return true;
                }

                return false;

            case JsonTokenType.StartObject when depth == MaxDepth:
                reader.Skip();
                return false;

            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var end = AppendKey(ref reader, walk.Name, length);
                    reader.Read();
                    if (end < 0) reader.Skip();
                    else if (Descend(ref reader, walk, end, depth + 1)) return true;
                }

                return false;

            default:
                return walk.NameTest(walk.Name.AsSpan(0, length)) && EcsValue.Test(ref reader, EcsKind.Keyword, walk.Test);
        }
    }

    /// <returns>Where the name ends now; less than nothing for a key that is none.</returns>
    private static int AppendKey(ref Utf8JsonReader reader, char[] name, int length)
    {
        if (reader.ValueSpan.Length is 0 or > MaxKeyBytes) return -1;
        try
        {
            name[length++] = '.';
            return length + reader.CopyString(name.AsSpan(length));
        }
        catch (InvalidOperationException)
        {
            // No text: nobody could ask for it.
            return -1;
        }
    }

    private readonly record struct Walk(char[] Name, EcsNameTest NameTest, EcsValueTest Test);
}
