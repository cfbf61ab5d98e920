using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class UnreadableBodyTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("POST", "/api/exceptions", """{"owner":"\ud800"}""")]
    [InlineData("PUT", "/api/exceptions/1", """{"owner":"\ud800"}""")]
    [InlineData("POST", "/api/exceptions/preview", """{"recurrence":{"cron":"\ud800"}}""")]
    [InlineData("POST", "/api/exceptions/preview", """{"days":"seven-of-them"}""")]
    [InlineData("POST", "/api/expected-resets", """{"target":"\ud800"}""")]
    [InlineData("POST", "/api/alerts/1/close", """{"verdict":"\ud800"}""")]
    [InlineData("POST", "/api/alerts/1/notes", """{"note":"\ud800"}""")]
    [InlineData("POST", "/api/alerts/1/notes", """{"note":7}""")]
    [InlineData("POST", "/api/alerts/1/notes", "oops")]
    [InlineData("POST", "/api/alerts/1/notes", "null")]
    [InlineData("POST", "/api/alerts/1/notes", "")]
    public async Task A_body_that_is_not_of_its_kind_is_refused_with_what_would_be(string method, string path, string body)
    {
        using var answer = await _detector.SendAsync(new(method), path, body);

        var detail = await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer);
        Assert.Contains("/swagger shows an example", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("seven-of-them", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_that_is_not_of_its_kind_is_refused_with_where_to_look()
    {
        using var answer = await _detector.AskAsync(HttpMethod.Get, "/api/alerts?limit=seven-of-them");

        Assert.DoesNotContain("seven-of-them", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_another_type_is_refused_with_the_one_that_is_taken()
    {
        using var answer = await _detector.SendAsync(HttpMethod.Post, "/api/exceptions", "owner: grace", "text/plain");

        Assert.Contains("application/json", await ProblemAssert.IsProblemAsync(HttpStatusCode.UnsupportedMediaType, answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nonsense", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/alerts", HttpStatusCode.MethodNotAllowed)]
    public async Task A_route_that_does_not_exist_is_answered_with_where_they_are_listed(string method, string path, HttpStatusCode expected)
    {
        using var answer = await _detector.AskAsync(new HttpMethod(method), path);

        Assert.Contains("/swagger", await ProblemAssert.IsProblemAsync(expected, answer), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
