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

    [Fact]
    public async Task A_defect_below_api_is_answered_500_with_a_trace_id()
    {
        _detector.Storage.Execute("SELECT 1");
        await _detector.GetAsync("/api/exceptions");
        _detector.Storage.Execute("DROP TABLE alert_windows");   // the statement is wrong now, and the database is available

        using var response = await _detector.AskAsync(HttpMethod.Get, "/api/windows");

        Assert.Contains("defect", await ProblemAssert.IsProblemAsync(HttpStatusCode.InternalServerError, response), StringComparison.Ordinal);
        Assert.Contains("traceId", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Null(response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("/api/alerts?severty=high", "severty", "outcome")]
    [InlineData("/api/alerts?limt=5", "limt", "limit")]
    [InlineData("/api/windows?x=1", "query parameter x", "limit, cursor")]
    [InlineData("/api/keys?owner=ada", "owner", "limit, cursor")]
    [InlineData("/api/log-events/5b8b7c60?limit=1", "limit", "no query parameters")]
    [InlineData("/api/alerts?limit=1&limit=2", "limit", "more than once")]
    [InlineData("/api/alerts?%3Cscript%3E=1", "that was sent", "outcome")]
    public async Task An_unknown_or_repeated_query_parameter_is_refused_with_the_known_ones(string path, string named, string known)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, path);

        var detail = await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, response);
        Assert.Contains(named, detail, StringComparison.Ordinal);
        Assert.Contains(known, detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/alerts?LIMIT=1")]
    [InlineData("/health/live?x=1")]
    [InlineData("/metrics?x=1")]
    [InlineData("/?x=1")]
    public async Task A_query_parameter_in_other_letter_case_works_and_open_routes_ignore_unknown_ones(string path)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
