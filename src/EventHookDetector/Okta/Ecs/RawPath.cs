using System.Text;
using System.Text.Json;

namespace EventHookDetector.Okta.Ecs;

/// <summary>
/// Where a field's values stand in the log event, such as <c>actor.id</c>. One pass over the bytes finds them, and nothing
/// else is read or kept. Arrays are gone through, in arrays too; of a property that is there twice, both count; where the bytes
/// break off, what stands before the break counts. <c>target[User].id</c> is that of the first target that is a user.
/// </summary>
internal sealed class RawPath
{
    private const string FirstUserMark = "[User]";

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = LenientJson.MaxDepth };

    private readonly byte[][] _names;
    private readonly int _firstUserAt;
    private readonly EcsKind _kind;

    public RawPath(string path, EcsKind kind = EcsKind.Keyword)
    {
        var names = path.Split('.');
        var user = Array.FindIndex(names, name => name.EndsWith(FirstUserMark, StringComparison.Ordinal));
        _firstUserAt = user < 0 ? -1 : user + 1;
        _names = [.. names.Select(name => Encoding.UTF8.GetBytes(name.Replace(FirstUserMark, "", StringComparison.Ordinal)))];
        _kind = kind;
    }

    private enum Answer
    {
        GoOn,
        Found,
        NothingMore,
    }

    /// <returns>Whether a value passes the test. Nothing is read behind the first one that does.</returns>
    public bool Any(ReadOnlySpan<byte> json, EcsValueTest test)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            return reader.Read() && Descend(ref reader, 0, test, objects: null) == Answer.Found;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public string? First(ReadOnlySpan<byte> json) => FirstValue(json) is { Utf8.IsEmpty: false } first ? first.ToString() : null;

    /// <returns>The first value, still lying in the bytes; an empty one if there is none.</returns>
    public EcsValue FirstValue(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            // Found, the reader stands on it.
            return reader.Read() && Descend(ref reader, 0, static _ => true, objects: null) == Answer.Found ? EcsValue.Of(ref reader) : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <returns>Where the objects stand that the path leads to.</returns>
    public IReadOnlyList<Range> Objects(ReadOnlySpan<byte> json)
    {
        var objects = new List<Range>();
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            if (reader.Read()) Descend(ref reader, 0, static _ => false, objects);
        }
        catch (JsonException)
        {
            // The last one breaks off, and is kept as far as it goes.
        }

        return objects;
    }

    private Answer Descend(ref Utf8JsonReader reader, int depth, EcsValueTest test, List<Range>? objects)
    {
        var isThere = depth == _names.Length;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (Descend(ref reader, depth, test, objects) is var answer and not Answer.GoOn) return answer;
                }

                return Answer.GoOn;

            case JsonTokenType.StartObject when isThere:
                var start = (int)reader.TokenStartIndex;
                objects?.Add(start..);
                reader.Skip();
                if (objects is not null) objects[^1] = start..(int)reader.BytesConsumed;
                return Answer.GoOn;

            case JsonTokenType.StartObject when depth != _firstUserAt:
                return DescendObject(ref reader, depth, test, objects);

            case JsonTokenType.StartObject:
                if (IsUser(reader))
                    return DescendObject(ref reader, depth, test, objects) == Answer.Found ? Answer.Found : Answer.NothingMore;

                reader.Skip();
                return Answer.GoOn;

            default:
                return isThere && EcsValue.Test(ref reader, _kind, test) ? Answer.Found : Answer.GoOn;
        }
    }

    private Answer DescendObject(ref Utf8JsonReader reader, int depth, EcsValueTest test, List<Range>? objects)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isOnTheWay = reader.ValueTextEquals(_names[depth]);
            reader.Read();
            if (!isOnTheWay) reader.Skip();
            else if (Descend(ref reader, depth + 1, test, objects) is var answer and not Answer.GoOn) return answer;
        }

        return Answer.GoOn;
    }

    /// <summary>Looks ahead with a copy of the reader: the type may stand behind what is asked for.</summary>
    private static bool IsUser(Utf8JsonReader reader)
    {
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType && reader.TokenType == JsonTokenType.String) return Ascii.EqualsIgnoreCase(reader.ValueSpan, "User"u8);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // It breaks off before it says what it is.
        }

        return false;
    }
}
