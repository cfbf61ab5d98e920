using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>
/// Finds the resets in what is left of a body that breaks off or was no JSON to begin with. Okta will not send it again, so
/// this is the only look anybody gets.
/// </summary>
internal static class BrokenDelivery
{
    // Okta writes uuid, published and eventType first, so the object that an eventType belongs to opens a brace or two before
    // it; behind a long chain of addresses it is a hundred. All these limits bound the work on a body made to be slow.
    private const int MaxOpeningsTried = 128;
    private const int MaxLogEvents = 1000;
    private const int MaxUnreadableBytes = 64 * 1024;
    private const int MaxEventTypeBytes = 1024;

    private static ReadOnlySpan<byte> Key => "\"eventType\""u8;

    public static void Salvage(ReadOnlySpan<byte> body, WantedEventTypes wanted, List<DeliveryReader.Slice> slices, int from)
    {
        var (floor, at) = (from, from);
        for (var found = 0; found < MaxLogEvents;)
        {
            var next = body[at..].IndexOf(Key);
            if (next < 0) return;

            at += next + Key.Length;
            if (EventTypeAfter(body, at, wanted) is not { } eventType) continue;

            slices.Add(Around(body, eventType, floor));
            floor = at = slices[^1].End;
            found++;
        }
    }

    /// <returns>The wanted event type that follows the key as its value; the same text elsewhere, in a message say, is no reset.</returns>
    private static EventType? EventTypeAfter(ReadOnlySpan<byte> body, int keyEnd, WantedEventTypes wanted)
    {
        var rest = body[keyEnd..].TrimStart(" \t\r\n"u8);
        if (!rest.StartsWith(":"u8)) return null;

        rest = rest[1..].TrimStart(" \t\r\n"u8);
        var start = body.Length - rest.Length;
        var reader = new Utf8JsonReader(rest[..Math.Min(rest.Length, MaxEventTypeBytes)], isFinalBlock: false, state: default);
        try
        {
            var isText = reader.Read() && reader.TokenType == JsonTokenType.String;
            return isText && wanted.Find(ref reader) is { } name ? new(start, start + (int)reader.BytesConsumed, name) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DeliveryReader.Slice Around(ReadOnlySpan<byte> body, EventType eventType, int floor)
    {
        int? broken = null;
        var opening = eventType.Start;
        for (var tries = 0; tries < MaxOpeningsTried; tries++)
        {
            opening = floor + body[floor..opening].LastIndexOf((byte)'{');
            if (opening < floor) break;

            var (relation, length) = ReadTo(body[opening..], eventType.Start - opening);
            if (relation == Relation.Owner) return new(opening, opening + length, eventType.Name, Defect: null);
            if (relation == Relation.BreaksBefore) broken ??= opening;
        }

        // What stands before the event type in its object is broken, but the type is not, and that is enough for an alert.
        // Only an object that is still open there may say whose reset it is; one that was closed is another log event.
        var start = Math.Max(broken ?? floor, eventType.Start - MaxUnreadableBytes);
        if (start != broken) start = eventType.Start - body[start..eventType.Start].TrimStart(" \t\r\n,[{"u8).Length;
        return new(start, eventType.End, eventType.Name, Defect: null);
    }

    /// <returns>What the object that starts here is to the value at this place, and how far it can be read.</returns>
    private static (Relation Relation, int Length) ReadTo(ReadOnlySpan<byte> json, int value)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = LenientJson.MaxDepth });
        var relation = Relation.BreaksBefore;
        var length = 0;
        var isAnother = false;
        try
        {
            while (reader.Read() && (relation == Relation.Owner || reader.TokenStartIndex <= value))
            {
                length = (int)reader.BytesConsumed;
                if (reader.CurrentDepth == 0 && length > 1) break;
                if (reader.CurrentDepth != 1) continue;
                if (reader.TokenStartIndex == value) relation = Relation.Owner;
                else if (reader.TokenType == JsonTokenType.PropertyName) isAnother |= reader.Is("eventType"u8);
            }

            return (relation == Relation.Owner ? relation : Relation.None, length);
        }
        catch (JsonException)
        {
            return (relation == Relation.BreaksBefore && isAnother ? Relation.None : relation, length);
        }
    }

    private enum Relation
    {
        /// <summary>Closed before it, or around it at another depth, or the object of another event type.</summary>
        None,

        /// <summary>It was still open when it broke, before the value was reached.</summary>
        BreaksBefore,

        /// <summary>The value is one of its own.</summary>
        Owner,
    }

    private readonly record struct EventType(int Start, int End, string Name);
}
