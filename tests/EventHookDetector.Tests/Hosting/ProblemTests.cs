using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

public sealed class ProblemTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("/nonsense")]
    [InlineData("/api/nonsense")]
    [InlineData("/okta/event-hook/nonsense")]
    public async Task A_path_that_does_not_exist_is_answered_with_problem_details(string path)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, path);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("DELETE", "/api/alerts")]
    [InlineData("PUT", "/okta/event-hook")]
    public async Task A_method_that_does_not_exist_is_answered_with_problem_details(string method, string path)
    {
        using var response = await _detector.AskAsync(new HttpMethod(method), path);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task A_problem_shows_nothing_of_how_we_are_made()
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, "/api/alerts?limit=abc");

        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("EventHookDetector.", text, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
