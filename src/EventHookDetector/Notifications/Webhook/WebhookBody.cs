using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventHookDetector.Notifications.Webhook;

/// <summary>What is posted: <c>{"type", "timestamp", "data"}</c>.</summary>
internal sealed record WebhookBody(string Type, DateTime Timestamp, object Data)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static WebhookBody About(Notice notice) => new(notice.Type, notice.Timestamp.UtcDateTime, notice.Data);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}
