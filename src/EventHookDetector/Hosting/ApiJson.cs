using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EventHookDetector.Hosting;

/// <summary>JSON as operators and webhooks read it: camelCase, words for enumerations, times as ISO-8601 in UTC.</summary>
internal static class ApiJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new UtcTime());
        options.Encoder = JavaScriptEncoder.Default;
        options.MaxDepth = 512;
        return options;
    }

    /// <summary>JSON as it is, or as text if it is none. For what is short: <see cref="WriteRawOrText"/> keeps no tree.</summary>
    public static JsonNode? RawOrText(byte[] bytes)
    {
        try
        {
            // Half a surrogate pair ("\ud800") passes as JSON and cannot be written again; better to find out here.
            var json = JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = 512 });
            json?.WriteTo(new Utf8JsonWriter(Stream.Null));
            return json;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return JsonValue.Create(System.Text.Encoding.UTF8.GetString(bytes));
        }
    }

    /// <summary>Writes JSON as it is, or as text if it is none.</summary>
    public static void WriteRawOrText(Utf8JsonWriter to, byte[] bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(), new JsonDocumentOptions { MaxDepth = 512 });
            if (IsText(json.RootElement))
            {
                json.RootElement.WriteTo(to);
                return;
            }
        }
        catch (JsonException)
        {
            // It was cut off, or never was JSON.
        }

        to.WriteStringValue(System.Text.Encoding.UTF8.GetString(bytes));
    }

    /// <summary>Whether all its names and texts are text: half a surrogate pair ("\ud800") passes as JSON, and can be neither read nor written.</summary>
    public static bool IsText(JsonElement json)
    {
        try
        {
            using var nowhere = new Utf8JsonWriter(Stream.Null, new JsonWriterOptions { MaxDepth = 512 });
            json.WriteTo(nowhere);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A time with a Z behind it, whatever zone it was read in.</summary>
    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }
}
