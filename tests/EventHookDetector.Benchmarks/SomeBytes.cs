using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Okta;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Benchmarks;

/// <summary>Log events as long as Okta's, and the rules that look at them.</summary>
internal static class SomeBytes
{
    public const string Wanted = "user.mfa.factor.reset_all";
    public const string Unwanted = "user.session.start";

    private const string Uuid = "5b8b7c60-c8f4-11f0-9a3d-0242ac120001";

    /// <summary>A rule wants its type, and turns it down by what came of it.</summary>
    public const string TurnedDown = "user.mfa.factor.deactivate";

    /// <summary>Two thousand bytes, of which the debug data are the most, as in a System Log.</summary>
    public static byte[] LogEvent(string eventType) => Encoding.UTF8.GetBytes(Json(eventType).ToJsonString());

    public static LogEvent Read(string eventType) => new(LogEvent(eventType), eventType, "example.okta.com");

    public static byte[] Delivery(string eventType, int count) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["eventType"] = "com.okta.event_hook",
        ["eventTypeVersion"] = "1.0",
        ["cloudEventsVersion"] = "0.1",
        ["source"] = "https://example.okta.com/api/v1/eventHooks/who1a2b3c4d5e6f7g8h9",
        ["eventId"] = "b5a188b9-5ece-4636-b041-482ffda96311",
        ["data"] = new JsonObject { ["events"] = new JsonArray([.. Enumerable.Range(0, count).Select(JsonNode? (_) => Json(eventType))]) },
        ["eventTime"] = "2026-11-24T09:15:03.000Z",
        ["contentType"] = "application/json",
    }.ToJsonString());

    /// <summary>A delivery of one reset.</summary>
    public static byte[] Reset(string uuid) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Delivery(Wanted, count: 1)).Replace(Uuid, uuid, StringComparison.Ordinal));

    /// <param name="all">Every rule that is shipped, or those that are on by default.</param>
    public static DetectionRules Rules(bool all) => new(Options.Create(new DetectionOptions
    {
        Rules = all ? [.. RuleFiles.Shipped.Rules.Select(rule => rule.Rule.Id)] : [],
    }));

    private static JsonObject Json(string eventType) => new()
    {
        ["uuid"] = Uuid,
        ["published"] = "2026-11-24T09:15:02.417Z",
        ["eventType"] = eventType,
        ["version"] = "0",
        ["displayMessage"] = "Something that somebody did",
        ["severity"] = "INFO",
        ["client"] = new JsonObject
        {
            ["userAgent"] = new JsonObject
            {
                ["rawUserAgent"] = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                ["os"] = "Mac OS X",
                ["browser"] = "CHROME",
            },
            ["zone"] = "null",
            ["device"] = "Computer",
            ["id"] = null,
            ["ipAddress"] = "198.51.100.23",
            ["geographicalContext"] = new JsonObject
            {
                ["city"] = "Lisbon",
                ["state"] = "Lisbon",
                ["country"] = "Portugal",
                ["postalCode"] = "1000-001",
                ["geolocation"] = new JsonObject { ["lat"] = 38.72, ["lon"] = -9.14 },
            },
            ["ipChain"] = new JsonArray(new JsonObject { ["ip"] = "198.51.100.23", ["version"] = "V4", ["source"] = null }),
        },
        ["actor"] = new JsonObject
        {
            ["id"] = "00u1admin0000000001",
            ["type"] = "User",
            ["alternateId"] = "helpdesk.one@example.com",
            ["displayName"] = "Helpdesk One",
            ["detailEntry"] = null,
        },
        ["outcome"] = new JsonObject
        {
            ["result"] = "SUCCESS",
            ["reason"] = eventType == TurnedDown ? "User reset SECURITY_QUESTION factor" : null,
        },
        ["target"] = new JsonArray(new JsonObject
        {
            ["id"] = "00u1victim000000001",
            ["type"] = "User",
            ["alternateId"] = "ada.byron@example.com",
            ["displayName"] = "Ada Byron",
            ["detailEntry"] = null,
        }),
        ["transaction"] = new JsonObject { ["type"] = "WEB", ["id"] = "aSnDkxUHqmYAAAHi2nzOYwAAB0k", ["detail"] = new JsonObject() },
        ["debugContext"] = new JsonObject
        {
            ["debugData"] = new JsonObject
            {
                ["requestId"] = "aSnDkxUHqmYAAAHi2nzOYwAAB0k",
                ["dtHash"] = "f6a1c1c9d0e7b4a3528f17e60b9c2d4e5f8a7b6c9d0e1f2a3b4c5d6e7f8a9b0c",
                ["requestUri"] = "/api/internal/v1/users/00u1victim000000001/lifecycle/reset_factors",
                ["threatSuspected"] = "false",
                ["url"] = "/api/internal/v1/users/00u1victim000000001/lifecycle/reset_factors?",
            },
        },
        ["legacyEventType"] = "core.user.factor.reset_all",
        ["authenticationContext"] = new JsonObject
        {
            ["authenticationProvider"] = null,
            ["credentialProvider"] = null,
            ["credentialType"] = null,
            ["issuer"] = null,
            ["authenticationStep"] = 0,
            ["externalSessionId"] = "102oP1n5mOqQXK1Hw8fqkZ0dw",
            ["interface"] = null,
        },
        ["securityContext"] = new JsonObject
        {
            ["asNumber"] = 15525,
            ["asOrg"] = "example carrier",
            ["isp"] = "example carrier",
            ["domain"] = "example.net",
            ["isProxy"] = false,
        },
        ["insertionTimestamp"] = null,
    };
}
