using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventHookDetector.Okta;

/// <summary>
/// Reads a delivery in one pass over its bytes. A log event of an event type that nobody wants leaves neither an object nor
/// a string behind; one that cannot be read never takes its neighbours with it.
/// </summary>
internal static class DeliveryReader
{
    /// <summary>Each that cannot be read is kept by itself; where there are more than this, the body as a whole is what is wrong.</summary>
    private const int MaxUnreadable = 100;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = LenientJson.MaxDepth };

    /// <param name="body">The body of the POST: UTF-8, with or without a byte order mark.</param>
    /// <param name="wanted">The event types that a rule could match.</param>
    public static Delivery Read(ReadOnlySpan<byte> body, WantedEventTypes wanted)
    {
        if (body.StartsWith(Encoding.UTF8.Preamble)) body = body[Encoding.UTF8.Preamble.Length..];

        var found = new Findings();
        var reader = new Utf8JsonReader(body, ReaderOptions);
        try
        {
            ReadEnvelope(ref reader, wanted, found);
        }
        catch (JsonException broken)
        {
            found.Defect = $"The body is not JSON: it breaks at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1} of that line.";
        }

        if (found.Unreadable > MaxUnreadable) found.Defect ??= $"{found.Unreadable} log events in it cannot be read.";
        if (found.Defect is null && !Utf8.IsValid(body)) found.Defect = "The body is not valid UTF-8.";
        if (found.Defect is not null) found.Defect += BrokenDelivery.Read(body, wanted, found.Slices, from: found.ReadTo).Remark;

        return found.ToDelivery(body);
    }

    /// <summary>The smallest delivery that carries this log event.</summary>
    public static byte[] Envelope(string? org, byte[] logEvent) =>
        [.. Encoding.UTF8.GetBytes(org is null ? "{" : $"{{\"source\":\"https://{org}/\","), .. "\"data\":{\"events\":["u8, .. logEvent, .. "]}}"u8];

    private static void ReadEnvelope(ref Utf8JsonReader reader, WantedEventTypes wanted, Findings found)
    {
        found.Defect = "The body is no delivery: it has no list of log events in data.events.";
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("data"u8)) ReadData(ref reader, wanted, found);
            else if (reader.Is("source"u8)) found.Source = ReadText(ref reader);
            else if (reader.Is("eventId"u8) || reader.Is("eventID"u8)) found.EventId = ReadText(ref reader);
            else SkipValue(ref reader);
        }

        reader.Read();   // nothing may follow, and the reader throws if something does
    }

    private static void ReadData(ref Utf8JsonReader reader, WantedEventTypes wanted, Findings found)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isEvents = reader.Is("events"u8);
            reader.Read();
            if (!isEvents || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            found.Defect = null;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                found.ReadTo = (int)reader.TokenStartIndex;
                found.Add(ReadLogEvent(ref reader, wanted));
                found.ReadTo = (int)reader.BytesConsumed;
            }
        }
    }

    /// <summary>Reads the value the reader stands on, to its end.</summary>
    private static Slice ReadLogEvent(ref Utf8JsonReader reader, WantedEventTypes wanted)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return new(start, (int)reader.BytesConsumed, EventType: null, "A log event must be a JSON object.");
        }

        var hasEventType = false;
        string? wantedType = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isEventType = reader.Is("eventType"u8);
            reader.Read();
            if (isEventType && reader.TokenType == JsonTokenType.String)
            {
                hasEventType = true;
                wantedType = wanted.Find(ref reader) ?? wantedType;
            }

            reader.Skip();
        }

        var defect = hasEventType ? null : "The log event has no eventType.";
        return new(start, (int)reader.BytesConsumed, wantedType, defect);
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        try
        {
            if (reader.TokenType == JsonTokenType.String) return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // No text that could be shown; the log events do not depend on it.
        }

        reader.Skip();
        return null;
    }

    private static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Where in the body a log event stands, and what is known of it. Without event type and defect it is unwanted.</summary>
    public readonly record struct Slice(int Start, int End, string? EventType, string? Defect);

    private sealed class Findings
    {
        private int _unwanted;

        public List<Slice> Slices { get; } = [];

        public string? Source { get; set; }

        public string? EventId { get; set; }

        public string? Defect { get; set; }

        /// <summary>How many log events could not be read at all.</summary>
        public int Unreadable { get; private set; }

        /// <summary>Up to here the log events are read; what is wrong with the body lies behind.</summary>
        public int ReadTo { get; set; }

        public void Add(Slice slice)
        {
            if (slice.Defect is not null && ++Unreadable > MaxUnreadable) return;
            if (slice is { EventType: null, Defect: null }) _unwanted++;
            else Slices.Add(slice);
        }

        public Delivery ToDelivery(ReadOnlySpan<byte> body)
        {
            var org = Slices.Count == 0 ? null : Delivery.OrgOf(Source);
            var logEvents = Slices.Count == 0 ? [] : new LogEvent[Slices.Count];
            for (var i = 0; i < logEvents.Length; i++)
            {
                var slice = Slices[i];
                logEvents[i] = new LogEvent(body[slice.Start..slice.End].ToArray(), slice.EventType, org, slice.Defect);
            }

            return new Delivery { Source = Source, EventId = EventId, LogEvents = logEvents, Unwanted = _unwanted, Defect = Defect };
        }
    }
}
