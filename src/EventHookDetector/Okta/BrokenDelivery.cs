using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>
/// Finds the resets in what is left of a body that breaks off or was no JSON to begin with. Okta will not send it again, so
/// this is the only look anybody gets.
/// </summary>
internal static class BrokenDelivery
{
    // Okta writes uuid, published and eventType first, so the object that an eventType belongs to opens a few braces
    // before it. Both limits bound the work on a body made to be slow.
    private const int MaxOpeningsTried = 32;
    private const int MaxLogEvents = 1000;
    private const int MaxUnreadableBytes = 64 * 1024;

    public static void Salvage(ReadOnlySpan<byte> body, WantedEventTypes wanted, List<DeliveryReader.Slice> slices, int from)
    {
        var floor = from;
        for (var n = 0; n < MaxLogEvents; n++)
        {
            if (wanted.FindNext(body, floor) is not { } hit) return;

            var slice = IsValueOfEventType(body[floor..hit.Start]) ? Around(body, hit, floor, wanted) : default;
            if (slice.EventType is not null) slices.Add(slice);
            floor = Math.Max(hit.End, slice.End);
        }
    }

    /// <summary>The same text elsewhere, in a message say, is no reset: it has to follow "eventType" and a colon.</summary>
    private static bool IsValueOfEventType(ReadOnlySpan<byte> before)
    {
        before = before.TrimEnd(" \t\r\n"u8);
        return before.EndsWith(":"u8) && before[..^1].TrimEnd(" \t\r\n"u8).EndsWith("\"eventType\""u8);
    }

    private static DeliveryReader.Slice Around(ReadOnlySpan<byte> body, WantedEventTypes.Hit hit, int floor, WantedEventTypes wanted)
    {
        var opening = hit.Start;
        for (var tries = 0; tries < MaxOpeningsTried; tries++)
        {
            opening = floor + body[floor..opening].LastIndexOf((byte)'{');
            if (opening < floor) break;
            if (ReadTo(body[opening..], hit.Start - opening) is { } length)
                return new(opening, opening + length, hit.EventType, Defect: null);
        }

        // The beginning of this log event is beyond reading, but its type is not, and that is enough for an alert.
        var start = Math.Max(floor, hit.Start - MaxUnreadableBytes);
        return new(start, hit.End, hit.EventType, Defect: null);
    }

    /// <returns>How far the object can be read, if the text at <paramref name="value"/> is a value of its own; null if not.</returns>
    private static int? ReadTo(ReadOnlySpan<byte> json, int value)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = LenientJson.MaxDepth });
        int? readTo = null;
        try
        {
            while (reader.Read() && reader.CurrentDepth > 0 | reader.TokenType == JsonTokenType.StartObject)
            {
                if (reader.TokenStartIndex == value && reader.CurrentDepth == 1) readTo = 0;
                if (readTo is not null) readTo = (int)reader.BytesConsumed;
                else if (reader.TokenStartIndex > value) return null;
            }
        }
        catch (JsonException)
        {
            return readTo;
        }

        return readTo is null ? null : (int)reader.BytesConsumed;
    }
}
