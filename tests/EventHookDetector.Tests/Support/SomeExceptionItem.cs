using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>An ordinary exception item, for tests that are about something else.</summary>
internal static class SomeExceptionItem
{
    public const string Path = "/api/exceptions";

    public static JsonObject Covering(JsonNode? condition) => new()
    {
        ["condition"] = condition,
        ["owner"] = "grace@example.com",
        ["reason"] = "Yearly audit",
        ["ticket"] = "SEC-1042",
        ["endsAt"] = "2026-12-24T09:20:00Z",
    };

    public static Task<JsonNode> ExceptAsync(this DetectorApp detector, JsonNode? condition) => detector.AddAsync(Covering(condition));

    public static async Task<JsonNode> AddAsync(this DetectorApp detector, JsonNode item)
    {
        using var answer = await detector.AskAsync(HttpMethod.Post, Path, body: item);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    public static async Task<HttpStatusCode> ChangeAsync(this DetectorApp detector, JsonNode item, JsonNode changed)
    {
        using var answer = await detector.AskAsync(HttpMethod.Put, $"{Path}/{item["id"]}", body: changed);
        return answer.StatusCode;
    }

    public static async Task<HttpStatusCode> EndAsync(this DetectorApp detector, JsonNode item)
    {
        using var answer = await detector.AskAsync(HttpMethod.Delete, $"{Path}/{item["id"]}");
        return answer.StatusCode;
    }
}
