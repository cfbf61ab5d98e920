using System.Net;
using System.Net.Sockets;
using System.Text;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class HardeningTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("/api/alerts", HttpStatusCode.OK)]
    [InlineData("/api/alerts/none", HttpStatusCode.NotFound)]
    [InlineData("/api/alerts?limit=none", HttpStatusCode.BadRequest)]
    [InlineData("/swagger/index.html", HttpStatusCode.OK)]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    public async Task Browsers_are_told_to_be_careful(string path, HttpStatusCode status)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Get, path);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        if (path.StartsWith("/api", StringComparison.Ordinal)) Assert.Equal("no-store", answer.Headers.GetValues("Cache-Control").Single());
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("127.0.0.0/8")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:127.0.0.0/104")]
    public async Task Behind_a_proxy_that_is_trusted_browsers_stay_with_HTTPS_and_strangers_are_told_apart(string trusted)
    {
        _detector.OnKestrel = true;
        _detector.Settings["Proxies:Trusted:0"] = trusted;
        _detector.Settings["Proxies:Trusted:1"] = "::1";

        using var secure = await AskAsync("203.0.113.9", "https");
        Assert.Equal("max-age=31536000", secure.Headers.GetValues("Strict-Transport-Security").Single());
        for (var n = 0; n < 25; n++) (await AskAsync("203.0.113.9")).Dispose();

        Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync("203.0.113.9")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("203.0.113.10")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync("2001:db8::1, 203.0.113.9")).StatusCode);   // only the last was said by the proxy
    }

    [Fact]
    public async Task What_a_stranger_says_of_the_address_is_not_believed()
    {
        _detector.OnKestrel = true;
        for (var n = 0; n < 25; n++) (await AskAsync($"203.0.113.{n}")).Dispose();

        using var answer = await AskAsync("203.0.113.99", "https");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Headers_that_are_too_long_are_refused()
    {
        var seven = new string('x', 7000);

        var answer = await DripAsync($"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: {seven}\r\nX-Longer: {seven}\r\nX-Longest: {seven}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_sends_headers_letter_by_letter_is_not_waited_for()
    {
        Assert.StartsWith("HTTP/1.1 408 ", await DripAsync("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/okta/event-hook", "Authorization", DetectorApp.Secret)]
    [InlineData("/api/exceptions/preview", "X-Api-Key", DetectorApp.OperatorKey)]
    public async Task Who_sends_a_body_letter_by_letter_is_told_so_and_costs_no_line_of_the_log(string path, string header, string secret)
    {
        var answer = await DripAsync($"POST {path} HTTP/1.1\r\nHost: x\r\n{header}: {secret}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{{");

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"detail\":\"The request came too slowly", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(_detector.Logs.Lines, line => line.Contains("ExceptionHandlerMiddleware", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_is_longer_than_any_operators_is_refused_unread()
    {
        var answer = await DripAsync($"POST /api/exceptions/preview HTTP/1.1\r\nHost: x\r\nX-Api-Key: {DetectorApp.OperatorKey}\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n{{");

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"detail\":\"The body is longer than this route takes", answer, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpResponseMessage> AskAsync(string from, string protocol = "http")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
        request.Headers.Add("X-Api-Key", "a-guess");
        request.Headers.Add("X-Forwarded-For", from);
        request.Headers.Add("X-Forwarded-Proto", protocol);
        return await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends one space after the other until there is an answer, and reads that to its end.</summary>
    private async Task<string> DripAsync(string start)
    {
        _detector.OnKestrel = true;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _detector.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(start), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var first = reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        while (await Task.WhenAny(first, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, TestContext.Current.CancellationToken)) != first)
            await stream.WriteAsync(" "u8.ToArray(), TestContext.Current.CancellationToken);

        var answer = new StringBuilder(await first);
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && line != "0") answer.Append('\n').Append(line);
        return answer.ToString();
    }
}
