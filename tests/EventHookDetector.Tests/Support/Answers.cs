using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>What every answer of one kind has in common.</summary>
internal static class Answers
{
    /// <summary>Problem details with this status and a detail that holds all of these words.</summary>
    public static async Task<string> AssertProblemAsync(this HttpResponseMessage response, int statusCode, params string[] words)
    {
        Assert.Equal((HttpStatusCode)statusCode, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.JsonAsync();
        Assert.Equal(statusCode, problem["status"]!.GetValue<int>());
        var detail = problem["detail"]?.GetValue<string>() ?? "";
        Assert.All(words, word => Assert.Contains(word, detail, StringComparison.Ordinal));
        return detail;
    }

    /// <summary>The quarantine holds this body, and the answer said so.</summary>
    public static void AssertKept(JsonNode item, byte[] body, string detail)
    {
        Assert.Equal(("body", body.Length), (item["kind"]!.GetValue<string>(), item["size"]!.GetValue<int>()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), item["sha256"]!.GetValue<string>());
        Assert.StartsWith(item["reason"]!.GetValue<string>(), detail, StringComparison.Ordinal);
        Assert.Contains(item["id"]!.GetValue<string>(), detail, StringComparison.Ordinal);
    }

    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
}
