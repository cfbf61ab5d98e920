using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>Ordinary things, for tests that are about something else.</summary>
internal static class Some
{
    public const string ResetType = "user.mfa.factor.reset_all";

    private static int _last;

    public static string Uuid() => $"00000000-0000-4000-8000-{Interlocked.Increment(ref _last):x12}";

    public static JsonObject FactorReset(
        string actor = "helpdesk.one@example.com", string target = "ada.byron@example.com", string? uuid = null) => LogEvent(ResetType, actor, target, uuid);

    public static JsonObject Login() => LogEvent("user.session.start");

    public static JsonObject LogEvent(
        string eventType, string actor = "helpdesk.one@example.com", string target = "ada.byron@example.com", string? uuid = null) => new()
        {
            ["uuid"] = uuid ?? Uuid(),
            ["published"] = "2026-11-24T09:19:57.417Z",
            ["eventType"] = eventType,
            ["displayMessage"] = "Reset all factors for user",
            ["severity"] = "INFO",
            ["actor"] = new JsonObject { ["id"] = $"00u-{actor}", ["type"] = "User", ["alternateId"] = actor, ["displayName"] = "An Actor" },
            ["client"] = new JsonObject
            {
                ["ipAddress"] = "198.51.100.23",
                ["userAgent"] = new JsonObject { ["rawUserAgent"] = "Mozilla/5.0", ["os"] = "Mac OS X", ["browser"] = "CHROME" },
                ["geographicalContext"] = new JsonObject { ["city"] = "Lisbon", ["state"] = "Lisbon", ["country"] = "Portugal" },
            },
            ["outcome"] = new JsonObject { ["result"] = "SUCCESS", ["reason"] = null },
            ["target"] = new JsonArray(new JsonObject
            {
                ["id"] = $"00u-{target}",
                ["type"] = "User",
                ["alternateId"] = target,
                ["displayName"] = "A Target",
            }),
        };

    public static JsonObject Delivery(params JsonNode?[] logEvents) => new()
    {
        ["eventType"] = "com.okta.event_hook",
        ["source"] = "https://example.okta.com/api/v1/eventHooks/who1a2b3c4d5e6f7g8h9",
        ["eventId"] = Uuid(),
        ["data"] = new JsonObject { ["events"] = new JsonArray(logEvents) },
        ["contentType"] = "application/json",
    };

    /// <summary>One of the sample deliveries, as Okta sends them.</summary>
    public static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", $"{name}.json"));
}
