using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
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
        AssertKept(Assert.Single(await _detector.QuarantineAsync()), Encoding.UTF8.GetBytes(body), detail);
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
        AssertKept(Assert.Single(await _detector.QuarantineAsync()), [], detail);
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
        AssertKept(Assert.Single(await _detector.QuarantineAsync()), body, detail);
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
        AssertKept(Assert.Single(await _detector.QuarantineAsync()), [], detail);
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
        using var tooLong = await PostAsync(new UnsizedContent(new byte[(3 * 1024 * 1024) + 1]));

        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        await tooLong.AssertProblemAsync(413, "EventHook:MaxBodyBytes");
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

    [Fact]
    public async Task A_body_that_breaks_behind_a_reset_is_refused_kept_and_alerted()
    {
        var body = Some.Delivery(Some.FactorReset(uuid: "u1")).ToJsonString()[..^40];

        using var response = await _detector.PostAsync(body);

        var detail = await response.AssertProblemAsync(400, "breaks at line 1");
        AssertKept(Assert.Single(await _detector.QuarantineAsync()), Encoding.UTF8.GetBytes(body), detail);
        Assert.Equal("u1", Assert.Single(await _detector.AlertsAsync())["uuid"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reset_with_a_name_that_is_no_UTF8_is_refused_kept_and_alerted()
    {
        var body = Encoding.UTF8.GetBytes(Some.Delivery(Some.FactorReset(uuid: "u1")).ToJsonString());
        body[body.AsSpan().IndexOf("A Target"u8)] = 0xC3;

        using var response = await _detector.PostAsync(body);

        AssertKept(Assert.Single(await _detector.QuarantineAsync()), body, await response.AssertProblemAsync(400, "UTF-8"));
        await AssertShownAsync(Assert.Single(await _detector.AlertsAsync()), "\ufffd Target");
    }

    [Fact]
    public async Task A_reset_with_half_a_surrogate_pair_in_names_and_keys_is_alerted_and_shown()
    {
        var body = Some.Delivery(Some.FactorReset(uuid: "u1")).ToJsonString()
            .Replace("\"A Target\"", "\"\\ud800 Target\",\"\\udfff\":1", StringComparison.Ordinal)
            .Replace("\"uuid\"", "\"\\ud800\":1,\"uuid\"", StringComparison.Ordinal);

        using var response = await _detector.PostAsync(body);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        await AssertShownAsync(Assert.Single(await _detector.AlertsAsync()), "\ufffd Target");
    }

    [Fact]
    public async Task One_log_event_that_cannot_be_read_is_kept_and_the_others_are_welcome()
    {
        using var response = await _detector.DeliverAsync(Some.Login(), new JsonObject { ["uuid"] = "odd" }, Some.FactorReset(uuid: "u1"), null);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("u1", Assert.Single(await _detector.AlertsAsync())["uuid"]!.GetValue<string>());
        var kept = await _detector.QuarantineAsync();
        Assert.All(kept, item => Assert.Equal(("logEvent", "example.okta.com"), ((string?)item["kind"], (string?)item["org"])));
        Assert.Equal([4, 14], kept.Select(item => item["size"]!.GetValue<int>()).Order());
    }

    [Fact]
    public async Task A_flood_of_unreadable_log_events_is_kept_as_one_body()
    {
        var body = $$$"""{"data":{"events":[{{{string.Concat(Enumerable.Repeat("0,", 30_000))}}}{"eventType":"user.mfa.factor.reset_all"}]}}""";

        using var response = await _detector.PostAsync(body);

        await response.AssertProblemAsync(400, "30000 log events in it cannot be read.");
        Assert.Single(await _detector.AlertsAsync());
        var kept = (await _detector.GetAsync("/api/quarantine?limit=200"))["items"]!.AsArray();
        Assert.Equal((100, 1), (kept.Count(item => (string?)item!["kind"] == "logEvent"), kept.Count(item => (string?)item!["kind"] == "body")));
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
    public async Task No_body_at_all_makes_the_detector_stumble() => await Gen.Select(Piece.Array[0, 12], ContentType).SampleAsync(
        async (pieces, contentType) =>
        {
            using var response = await _detector.PostAsync(string.Concat(pieces), contentType);

            Assert.Contains((int)response.StatusCode, (int[])[204, 400, 415]);
        },
        iter: 300, threads: 1);

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static Gen<string> ContentType => Gen.OneOf("application/json", "application/json", "application/json; charset=x", "text/html", "a/b;c");

    private static Gen<string> Piece => Gen.OneOf(
        "{", "}", "]}}", "[", ",", ":", "\"", "\\ud800", "null", "{\"data\":{\"events\":[", "\"eventType\":\"user.mfa.factor.reset_all\"", "\"uuid\":\"\\u0000\",",
        "\"\\ud800\":1,", "{\"eventType\":\"user.mfa.factor.reset_all\"}", "\"published\":\"0001-01-01\",", "\"actor\":{\"id\":[]},", "\u0001", "é", "\ufeff");

    private static void AssertKept(JsonNode item, byte[] body, string detail)
    {
        Assert.Equal(("body", body.Length), (item["kind"]!.GetValue<string>(), item["size"]!.GetValue<int>()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), item["sha256"]!.GetValue<string>());
        Assert.StartsWith(item["reason"]!.GetValue<string>(), detail, StringComparison.Ordinal);
        Assert.Contains(item["id"]!.GetValue<string>(), detail, StringComparison.Ordinal);
    }

    private async Task AssertShownAsync(JsonNode alert, string targetName)
    {
        Assert.Equal("u1", alert["uuid"]!.GetValue<string>());
        Assert.Equal(targetName, alert["targets"]![0]!["displayName"]!.GetValue<string>());
        Assert.NotNull(await _detector.GetAsync($"/api/alerts/{alert["id"]}"));
    }

    private async Task<HttpResponseMessage> PostAsync(HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, DetectorApp.HookPath) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
        return await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
