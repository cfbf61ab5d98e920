using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.EventHook;

/// <summary>Requests that the server itself refuses or could refuse, before any of our code has seen them.</summary>
[Collection(nameof(Alone))]
public sealed class UnreadableRequestTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new() { OnKestrel = true };

    [Theory]
    [InlineData("X-Geo-City: S\u00e3o Paulo")]
    [InlineData("X-Geo-City: S\u00c3\u00a3o Paulo")]
    [InlineData("X-Quote: \u0093Windows\u0094")]
    [InlineData("Cookie: \u00ff\u00fe")]
    [InlineData("User-Agent: \u00e9")]
    [InlineData("Referer: \u00e9")]
    public async Task A_header_in_any_encoding_costs_no_reset(string header)
    {
        var (status, _) = await SendAsync(RawHttp.Delivery(Some.Delivery(Some.FactorReset()).ToJsonString(), $"{header}\r\n"));

        Assert.Equal(204, status);
        Assert.Single(await _detector.AlertsAsync());
    }

    [Theory]
    [InlineData("\u00e3", "\u00e3")]
    [InlineData("\u00c3\u00a3", "\u00e3")]
    [InlineData("plain", "plain")]
    public async Task A_challenge_in_any_encoding_is_answered(string challenge, string answered)
    {
        var (status, answer) = await SendAsync($"GET {DetectorApp.HookPath} HTTP/1.1\r\nHost: x\r\nAuthorization: {DetectorApp.Secret}\r\nX-Other: \u00e9\r\nX-Okta-Verification-Challenge: {challenge}\r\n\r\n", until: "}");

        Assert.Equal(200, status);
        Assert.Contains($$"""{"verification":"{{answered}}"}""", System.Text.RegularExpressions.Regex.Unescape(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DetectorApp.Secret + "\u00e3")]
    [InlineData("\u00e3")]
    public async Task A_secret_that_differs_in_one_byte_is_refused(string secret)
    {
        var (status, _) = await SendAsync(RawHttp.Delivery("{}", secret: secret));

        Assert.Equal(401, status);
    }

    public static TheoryData<string, int> Unreadable => new()
    {
        { "X-Nul: a\0b\r\n", 400 },
        { "X-Blank : a\r\n", 400 },
        { ": a\r\n", 400 },
        { "X-Long: " + new string('x', 17 * 1024) + "\r\n", 431 },
        { string.Concat(Enumerable.Range(0, 101).Select(n => $"X-{n}: a\r\n")), 431 },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_delivery_that_the_server_refuses_is_counted_and_logged_once_a_minute(string headers, int expected)
    {
        var before = await _detector.MetricsAsync();

        var (status, _) = await SendAsync(RawHttp.Delivery("{}", headers));
        _ = await SendAsync(RawHttp.Delivery("{}", headers));
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        _ = await SendAsync(RawHttp.Delivery("{}", headers));

        var after = await _detector.MetricsAsync();
        Assert.Equal((expected, 3), (status, after.Since(before, "deliveries_total", $"answer=\"{expected}\"")));
        Assert.Collection(Lines(), line => Assert.Contains("Refused 1 requests", line, StringComparison.Ordinal), line => Assert.Contains("Refused 2 requests", line, StringComparison.Ordinal));
        Assert.All(Lines(), line => Assert.Contains($"answered {expected}", line, StringComparison.Ordinal));
        Assert.DoesNotContain(Lines(), line => line.Contains(DetectorApp.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_request_on_a_connection_is_counted_too()
    {
        var before = await _detector.MetricsAsync();
        using var connection = await RawHttp.ConnectAsync(_detector.Http.BaseAddress!);

        await connection.SendAsync(RawHttp.Delivery(Some.Delivery(Some.Login()).ToJsonString()));
        var (first, _) = await connection.ReadAsync();
        await connection.SendAsync(RawHttp.Delivery("{}", "X-Nul: a\0b\r\n"));
        var (second, _) = await connection.ReadAsync();

        var after = await _detector.MetricsAsync();
        Assert.Equal((204, 400), (first, second));
        Assert.Equal((1, 1), (after.Since(before, "deliveries_total", "answer=\"204\""), after.Since(before, "deliveries_total", "answer=\"400\"")));
    }

    [Fact]
    public async Task A_body_that_breaks_the_rules_is_counted_and_logged_once()
    {
        var before = await _detector.MetricsAsync();

        var (status, _) = await SendAsync(
            $"POST {DetectorApp.HookPath} HTTP/1.1\r\nHost: x\r\nAuthorization: {DetectorApp.Secret}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n");

        var after = await _detector.MetricsAsync();
        Assert.Equal((400, 1), (status, after.Since(before, "deliveries_total", "answer=\"400\"")));
        Assert.Single(Lines());
    }

    [Fact]
    public async Task Headers_that_never_end_are_counted_as_408()
    {
        var before = await _detector.MetricsAsync();

        var (status, _) = await SendAsync($"POST {DetectorApp.HookPath} HTTP/1.1\r\nHost: x\r\nX-Slow: ");

        var after = await _detector.MetricsAsync();
        Assert.Equal((408, 1), (status, after.Since(before, "deliveries_total", "answer=\"408\"")));
        Assert.Contains("too slowly", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreadable_request_to_another_path_is_no_delivery()
    {
        var before = await _detector.MetricsAsync();

        var (status, _) = await SendAsync("GET /api/alerts HTTP/1.1\r\nHost: x\r\nX-Nul: a\0b\r\n\r\n");

        var after = await _detector.MetricsAsync();
        Assert.Equal((400, 0), (status, after.Since(before, "deliveries_total", "answer=\"400\"")));
        Assert.Empty(Lines());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private IReadOnlyList<string> Lines() => [.. _detector.Logs.Lines.Where(line => line.Contains("because they could not be read", StringComparison.Ordinal))];

    private async Task<(int Status, string Answer)> SendAsync(string request, string until = "\r\n\r\n")
    {
        using var connection = await RawHttp.ConnectAsync(_detector.Http.BaseAddress!);
        await connection.SendAsync(request);
        return await connection.ReadAsync(until);
    }
}
