using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>One look at a log event that may not be all there yet: where it ends, of which event type it is, and when it was published.</summary>
/// <param name="End">How long it is; <see cref="Incomplete"/> if it goes on behind what is here.</param>
internal readonly record struct LogEventScan(int End)
{
    public const int Incomplete = -1;
    public const string NoJson = "The JSON breaks here.";

    private static readonly JsonReaderOptions Options = new() { MaxDepth = LenientJson.MaxDepth, AllowMultipleValues = true };

    /// <summary>Null where it is of none that is wanted.</summary>
    public string? EventType { get; private init; }

    public DateTimeOffset? Published { get; private init; }

    /// <summary>Why it is no log event, although it is JSON.</summary>
    public string? Defect { get; private init; }

    /// <summary>The place where it stops being JSON.</summary>
    public int? BreaksAt { get; private init; }

    /// <param name="json">Begins with the log event, and may go on behind it.</param>
    /// <param name="isAll">Whether there is no more to come.</param>
    /// <param name="wanted">The event types that are wanted.</param>
    public static LogEventScan Of(ReadOnlySpan<byte> json, bool isAll, WantedEventTypes wanted)
    {
        var reader = new Utf8JsonReader(json, isAll, new JsonReaderState(Options));
        try
        {
            return Read(ref reader, wanted);
        }
        catch (JsonException broken)
        {
            return new(0) { BreaksAt = PlaceOf(broken, json) };
        }
    }

    private static LogEventScan Read(ref Utf8JsonReader reader, WantedEventTypes wanted)
    {
        if (!reader.Read()) return new(Incomplete);
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TrySkip() ? new((int)reader.BytesConsumed) { Defect = "A log event must be a JSON object." } : new(Incomplete);

        var hasEventType = false;
        string? eventType = null;
        DateTimeOffset? published = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                return new((int)reader.BytesConsumed)
                {
                    EventType = eventType,
                    Published = published,
                    Defect = hasEventType ? null : "The log event has no eventType.",
                };
            }

            var (isEventType, isPublished) = (reader.Is("eventType"u8), reader.Is("published"u8));
            if (!reader.Read()) break;

            if (reader.TokenType == JsonTokenType.String && isEventType)
            {
                hasEventType = true;
                eventType = wanted.Find(ref reader) ?? eventType;
            }

            if (isPublished) published = Time(ref reader) ?? published;
            if (!reader.TrySkip()) break;
        }

        return new(Incomplete);
    }

    private static DateTimeOffset? Time(ref Utf8JsonReader reader)
    {
        try
        {
            if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTime(out var time)) return null;

            // Without a zone it is UTC, and not by the machine's clock.
            return time.Kind == DateTimeKind.Unspecified ? new(time, TimeSpan.Zero) : new(time.ToUniversalTime());
        }
        catch (InvalidOperationException)
        {
            return null;   // half a surrogate pair
        }
    }

    private static int PlaceOf(JsonException broken, ReadOnlySpan<byte> json)
    {
        var lineStart = 0;
        for (var line = broken.LineNumber ?? 0; line > 0; line--) lineStart += json[lineStart..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(lineStart + (broken.BytePositionInLine ?? 0), json.Length);
    }
}
