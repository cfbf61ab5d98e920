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

    /// <summary>JSON as it is, or as text if it is none or holds half a character, which no JSON of ours may hand on.</summary>
    public static JsonNode? RawOrText(byte[] bytes)
    {
        try
        {
            var node = JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = Options.MaxDepth });
            _ = node?.ToJsonString(Options);   // a node is read when it is written
            return node;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return JsonValue.Create(System.Text.Encoding.UTF8.GetString(bytes));
        }
    }

    /// <summary>A time with a Z behind it, whatever zone it was read in.</summary>
    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
    }
}
