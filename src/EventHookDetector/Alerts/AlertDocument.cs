using System.Text.Json;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Alerts;

/// <summary>Writes one alert with its log events as they came. It holds one of them at a time: a reset may have any number of parts.</summary>
internal static class AlertDocument
{
    private const int MostUnsent = 64 * 1024;

    public static async Task WriteAsync(Stream to, FoundAlert found, IAsyncEnumerable<byte[]> merged, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder, MaxDepth = ApiJson.Options.MaxDepth + 2 });
        json.WriteStartObject();
        using (var alert = JsonSerializer.SerializeToDocument(found.Alert, ApiJson.Options))
        {
            foreach (var property in alert.RootElement.EnumerateObject()) property.WriteTo(json);
        }

        json.WritePropertyName("ecs");
        EcsDocument.Of(new LogEvent(found.Raw, found.Alert.EventType, found.Alert.Org)).WriteTo(json, ApiJson.Options);
        json.WritePropertyName("raw");
        ApiJson.WriteRawOrText(json, found.Raw);
        json.WriteString("rawSha256", found.RawHash);
        json.WriteStartArray("mergedRaw");
        await foreach (var raw in merged.WithCancellation(cancellationToken))
        {
            ApiJson.WriteRawOrText(json, raw);
            if (json.BytesPending >= MostUnsent) await json.FlushAsync(cancellationToken);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
