using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>An error is problem details, and its detail says what to do.</summary>
internal static class ProblemAssert
{
    public static async Task<string> IsProblemAsync(HttpStatusCode expected, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expected == response.StatusCode, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);

        var problem = await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken);
        Assert.Equal((int)expected, problem!["status"]!.GetValue<int>());
        var detail = problem["detail"]?.GetValue<string>();
        Assert.False(string.IsNullOrWhiteSpace(detail), "The problem has no detail.");
        return detail!;
    }
}
