using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>
/// Finds the resets in the rest of a body that breaks off or is not JSON. Okta does not send it again. The work is linear in
/// the length of the body, because a sender can make a body that is slow to read.
/// </summary>
internal static class BrokenDelivery
{
    /// <summary>The most log events that are read behind a break. Further event types are only counted.</summary>
    public const int MaxLogEvents = 1000;

    private const int MaxUnreadableBytes = 64 * 1024;
    private const int MaxEventTypeBytes = 1024;

    // The budget belongs to one event type and follows the bytes since the log event before it. So the sum is linear, and a
    // costly part of the body takes nothing from a reset elsewhere in it.
    private const int BudgetPerByte = 4;
    private const int BudgetPerEventType = 16 * 1024;
    private const int CostOfTry = 64;
    private const int CostOfException = 4096;

    private static ReadOnlySpan<byte> Key => "\"eventType\""u8;

    public static Salvage Read(ReadOnlySpan<byte> body, WantedEventTypes wanted, List<DeliveryReader.Slice> slices, int from)
    {
        var salvage = new Salvage();
        var (floor, at) = (from, from);
        for (var found = 0; body[at..].IndexOf(Key) is >= 0 and var next;)
        {
            at += next + Key.Length;
            if (EventTypeAfter(body, at, wanted) is not { } eventType) continue;

            if (found++ >= MaxLogEvents)
            {
                salvage.AddUnread(eventType.Start);
                at = eventType.End;
                continue;
            }

            slices.Add(Around(body, eventType, floor, salvage));
            floor = at = slices[^1].End;
        }

        return salvage;
    }

    /// <returns>The wanted event type that follows the key as its value; the same text elsewhere, in a message say, is no reset.</returns>
    private static EventType? EventTypeAfter(ReadOnlySpan<byte> body, int keyEnd, WantedEventTypes wanted)
    {
        var rest = body[keyEnd..].TrimStart(" \t\r\n"u8);
        if (!rest.StartsWith(":"u8)) return null;

        rest = rest[1..].TrimStart(" \t\r\n"u8);
        var start = body.Length - rest.Length;
        var length = BrokenText.LengthOfString(rest[..Math.Min(rest.Length, MaxEventTypeBytes)]);
        if (length == 0) return null;

        var reader = new Utf8JsonReader(rest[..length]);
        return reader.Read() && wanted.Find(ref reader) is { } name ? new(start, start + length, name) : null;
    }

    private static DeliveryReader.Slice Around(ReadOnlySpan<byte> body, EventType eventType, int floor, Salvage salvage)
    {
        var owner = OpeningAround(body, eventType.Start, floor);
        salvage.BytesRead += eventType.Start - Math.Max(owner, floor);
        if (owner >= 0)
        {
            var (relation, length) = ReadTo(body[owner..], eventType.Start - owner);
            salvage.BytesRead += Math.Max(length, eventType.Start - owner);
            if (relation == Relation.Owner) return new(owner, owner + length, eventType.Name, Defect: null);
        }

        // The event type alone is enough for an alert. Only an object that is still open there may say whose reset it is; an
        // object that was closed before is another log event.
        var window = Math.Max(floor, eventType.Start - MaxUnreadableBytes);
        var start = BrokenOpening(body, eventType, window, salvage)
            ?? eventType.Start - body[window..eventType.Start].TrimStart(" \t\r\n,[{"u8).Length;
        return new(start, eventType.End, eventType.Name, Defect: null);
    }

    /// <returns>
    /// The brace of the only object that can own the value, or -1. The value stands outside a string. So quotes before it can
    /// be paired from here backwards, in whatever way the body is broken further ahead.
    /// </returns>
    private static int OpeningAround(ReadOnlySpan<byte> body, int value, int floor)
    {
        var closed = 0;
        for (var at = value; ;)
        {
            var previous = body[floor..at].LastIndexOfAny("\"{}[]"u8);
            if (previous < 0) return -1;

            at = floor + previous;
            if (body[at] == '"') at = BrokenText.StartOfString(body, at, floor);
            else if (body[at] is (byte)'}' or (byte)']') closed++;
            else if (closed-- == 0) return body[at] == '{' ? at : -1;
            if (at < 0) return -1;
        }
    }

    /// <returns>The nearest opening whose object is still open where it breaks before the event type.</returns>
    private static int? BrokenOpening(ReadOnlySpan<byte> body, EventType eventType, int window, Salvage salvage)
    {
        var budget = BudgetPerEventType + (BudgetPerByte * (eventType.Start - window));
        for (var opening = eventType.Start; body[window..opening].LastIndexOf((byte)'{') is >= 0 and var previous;)
        {
            if (budget <= 0)
            {
                salvage.Cut++;
                return null;
            }

            opening = window + previous;
            var (relation, length) = ReadTo(body[opening..eventType.End], eventType.Start - opening);
            budget -= length + CostOfTry;
            salvage.BytesRead += length;
            if (relation == Relation.BreaksBefore) return opening;
        }

        return null;
    }

    /// <returns>The relation of the object that starts here to the value, and the bytes read of it.</returns>
    private static (Relation Relation, int Length) ReadTo(ReadOnlySpan<byte> json, int value)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = LenientJson.MaxDepth });
        var relation = Relation.BreaksBefore;
        var length = 0;
        var isAnother = false;
        try
        {
            while (reader.Read())
            {
                length = (int)reader.BytesConsumed;
                if (reader.CurrentDepth == 0 && length > 1) break;
                if (reader.CurrentDepth == 1 && reader.TokenStartIndex == value) relation = Relation.Owner;
                if (relation == Relation.Owner) continue;
                if (reader.TokenStartIndex >= value) break;   // what follows is not needed, and may be long
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName) isAnother |= reader.Is("eventType"u8);
            }

            return (relation == Relation.Owner ? relation : Relation.None, length);
        }
        catch (JsonException)
        {
            if (relation == Relation.Owner) return (relation, length);

            // The reader does not say how much of the broken token it has read.
            return (isAnother ? Relation.None : relation, value + CostOfException);
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
