using System.Text.Json;
using EventHookDetector.Hosting;

namespace EventHookDetector.Notifications.Webhook;

/// <summary>What is posted: <c>{"type", "timestamp", "data"}</c>, in the same JSON as the API's.</summary>
internal sealed record WebhookBody(string Type, DateTimeOffset Timestamp, object Data)
{
    public static WebhookBody About(Notice notice) => new(notice.Type, notice.Timestamp, notice.Data);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ApiJson.Options);
}
