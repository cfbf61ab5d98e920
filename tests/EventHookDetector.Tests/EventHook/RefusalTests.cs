using System.Net;
using System.Text;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.EventHook;

public sealed class RefusalTests : IAsyncDisposable
{
    private const int Limit = 65536;

    private readonly DetectorApp _detector = new();

    public RefusalTests() => _detector.Settings["EventHook:MaxBodyBytes"] = $"{Limit}";

    public static TheoryData<string?, string, int> Refused => new()
    {
        { "application/json", "null", 400 },
        { "application/json", "[]", 400 },
        { "application/json", "{}", 400 },
        { "application/json", "\"text\"", 400 },
        { "application/json", "{\"data\":{\"events\":[{\"uuid\":\"u", 400 },
        { "application/json", "{\"data\":{\"events\":[]}} trailing", 400 },
        { "application/json", new string('[', 5000), 400 },
        { "application/json", "{\"data\":{\"events\":[{\"eventType\":\"x\",\"a\":" + new string('[', 5000), 400 },
        { "application/cloudevents+json", "{}", 400 },
        { null, "{}", 400 },
        { "application/x-www-form-urlencoded", "data=%7B%7D&eventType=user.mfa.factor.reset_all", 415 },
        { "application/xml", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>", 415 },
        { "text/plain", "hello", 415 },
        { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n", 415 },
        { "application/json; charset=utf-16", "{}", 415 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_no_delivery_is_refused_with_a_reason_and_kept(string? contentType, string body, int statusCode)
    {
        using var response = await _detector.PostAsync(body, contentType);

        var detail = await response.AssertProblemAsync(statusCode, "replayed");
        Answers.AssertKept(Assert.Single(await _detector.QuarantineAsync()), Encoding.UTF8.GetBytes(body), detail);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Without_the_secret_the_same_is_401_and_nothing_is_kept(string? contentType, string body, int statusCode)
    {
        using var response = await _detector.PostAsync(body, contentType, secret: null);

        Assert.NotEqual(401, statusCode);
        await response.AssertProblemAsync(401);
        Assert.Empty(await _detector.QuarantineAsync());
    }

    [Fact]
    public async Task An_empty_body_is_refused_and_noted()
    {
        using var response = await _detector.PostAsync("");

        var detail = await response.AssertProblemAsync(400, "System Log");
        Answers.AssertKept(Assert.Single(await _detector.QuarantineAsync()), [], detail);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_body_is_refused_and_kept_as_it_came(string encoding)
    {
        byte[] body = [0x1f, 0x8b, 0x08, 0, 0xff];
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var response = await PostAsync(content);

        var detail = await response.AssertProblemAsync(415, "content encoding");
        Answers.AssertKept(Assert.Single(await _detector.QuarantineAsync()), body, detail);
    }

    [Theory]
    [InlineData(true, Limit + 1)]
    [InlineData(false, Limit + 1)]
    [InlineData(true, 40 * 1024 * 1024)]
    [InlineData(false, 40 * 1024 * 1024)]
    public async Task A_body_that_is_too_long_is_refused_and_noted_without_its_content(bool saysSo, int length)
    {
        using var response = await PostAsync(saysSo ? new ByteArrayContent(new byte[length]) : new UnsizedContent(new byte[length]));

        var detail = await response.AssertProblemAsync(413, "EventHook:MaxBodyBytes", "System Log");
        Answers.AssertKept(Assert.Single(await _detector.QuarantineAsync()), [], detail);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_exactly_the_longest_length_is_read(bool saysSo)
    {
        var delivery = Some.Delivery(Some.FactorReset()).ToJsonString();
        var body = Encoding.UTF8.GetBytes(delivery + new string(' ', Limit - Encoding.UTF8.GetByteCount(delivery)));

        using var response = await PostAsync(saysSo ? new ByteArrayContent(body) : new UnsizedContent(body));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Single(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task The_server_lets_through_what_the_hook_allows_and_no_more()
    {
        _detector.OnKestrel = true;
        _detector.Settings["EventHook:MaxBodyBytes"] = $"{3 * 1024 * 1024}";
        var body = Encoding.UTF8.GetBytes(Some.Delivery(Some.FactorReset()).ToJsonString() + new string(' ', 2 * 1024 * 1024));

        using var allowed = await PostAsync(new UnsizedContent(body));

        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        for (var n = 0; n < 50; n++)   // a connection that is closed before all was sent loses the answer now and then
        {
            using var tooLong = await PostAsync(new UnsizedContent(new byte[(3 * 1024 * 1024) + 1]));
            await tooLong.AssertProblemAsync(413, "EventHook:MaxBodyBytes");
        }
    }

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("Application/JSON;charset=\"utf-8\"")]
    [InlineData("application/vnd.okta.v1+json")]
    [InlineData(null)]
    public async Task JSON_by_any_of_its_names_is_read(string? contentType)
    {
        using var response = await _detector.PostAsync(Some.Sample("reset-all"), contentType);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Another_method_is_405(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), DetectorApp.HookPath);
        request.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
        using var response = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);

        await response.AssertProblemAsync(405);
    }

    [Fact]
    public async Task A_reset_whose_content_type_was_spoilt_on_the_way_is_refused_kept_and_alerted()
    {
        using var response = await _detector.PostAsync(Some.Sample("reset-all"), "text/plain");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Single(await _detector.QuarantineAsync());
        Assert.Single(await _detector.AlertsAsync());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpResponseMessage> PostAsync(HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, DetectorApp.HookPath) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
        return await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
