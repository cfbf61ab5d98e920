using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class OneAlertTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task It_shows_the_log_event_as_it_came_and_the_hash_of_its_bytes()
    {
        const string LogEvent = """{ "uuid" : "u-1",  "eventType":"user.mfa.factor.reset_all", "n": 1.50, "odd": "\u00e9 <&> é", "none": null }""";

        var alert = await RaiseAsync(LogEvent);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(LogEvent), alert["raw"]), alert["raw"]!.ToJsonString());
        Assert.Equal("1.50", alert["raw"]!["n"]!.ToJsonString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(LogEvent))), alert["rawSha256"]!.GetValue<string>());
    }

    [Fact]
    public async Task It_reads_as_who_did_what_to_whom_when_and_from_where()
    {
        var reset = Some.FactorReset(actor: "eve@example.com", target: "ada@example.com", uuid: "u-2");

        var alert = await RaiseAsync(reset.ToJsonString());

        Assert.Equal("u-2", alert["uuid"]!.GetValue<string>());
        Assert.Equal("example.okta.com", alert["org"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:19:57.417Z", alert["published"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:20:00Z", alert["receivedAt"]!.GetValue<string>());
        Assert.Equal("eve@example.com", alert["actor"]!["alternateId"]!.GetValue<string>());
        Assert.Equal("ada@example.com", Assert.Single(alert["targets"]!.AsArray())!["alternateId"]!.GetValue<string>());
        Assert.Equal("198.51.100.23", alert["client"]!["ipAddress"]!.GetValue<string>());
        Assert.Equal("low", alert["severity"]!.GetValue<string>());
        Assert.Equal(21, alert["riskScore"]!.GetValue<int>());
        Assert.Equal("SUCCESS", alert["result"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:25:00Z", alert["window"]!["end"]!.GetValue<string>());
    }

    [Fact]
    public async Task It_shows_who_was_told_of_it()
    {
        _detector.WithNotifier("secops");
        var alert = await RaiseAsync(Some.FactorReset().ToJsonString());
        await _detector.DispatchNotificationsAsync();

        alert = await _detector.GetAsync($"/api/alerts/{alert["id"]}");

        var notification = Assert.Single(alert["notifications"]!.AsArray())!;
        Assert.Equal("secops", notification["notifier"]!.GetValue<string>());
        Assert.Equal("sent", notification["state"]!.GetValue<string>());
        Assert.Equal(1, notification["attempts"]!.GetValue<int>());
        Assert.Contains(alert["timeline"]!.AsArray(), entry => entry!["what"]!.GetValue<string>() == "Told through secops.");
    }

    [Fact]
    public async Task It_is_found_in_any_letter_case()
    {
        var alert = await RaiseAsync(Some.FactorReset().ToJsonString());

        var again = await _detector.GetAsync($"/api/alerts/{alert["id"]!.GetValue<string>().ToUpperInvariant()}");

        Assert.True(JsonNode.DeepEquals(alert, again));
    }

    [Theory]
    [InlineData("019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01")]
    [InlineData("nonsense")]
    [InlineData("%27%20OR%20%271%27=%271")]
    [InlineData("%25")]
    public async Task An_id_that_does_not_exist_is_404(string id)
    {
        await RaiseAsync(Some.FactorReset().ToJsonString());

        using var response = await _detector.AskAsync(HttpMethod.Get, $"/api/alerts/{id}");

        Assert.Equal("There is no alert of that id.", await ProblemAssert.IsProblemAsync(HttpStatusCode.NotFound, response));
    }

    [Fact]
    public async Task A_log_event_that_broke_off_is_shown_as_text()
    {
        const string Half = """{"uuid":"u-3","eventType":"user.mfa.factor.reset_all","actor":{"alternateId":"eve@exa""";
        using var refused = await _detector.PostAsync($$"""{"data":{"events":[{{Half}}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        var alert = await OnlyAlertAsync();

        Assert.Equal("u-3", alert["uuid"]!.GetValue<string>());
        var raw = alert["raw"]!.GetValue<string>();
        Assert.StartsWith("""{"uuid":"u-3","eventType":"user.mfa.factor.reset_all""", raw, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(raw))), alert["rawSha256"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all","displayMessage":"\ud800"}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all","\ud800":1}""")]
    [InlineData("""{"eventTyp\ud800":1,"eventType":"user.mfa.factor.reset_all","acto\udc00":{}}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all","uuid":"a","uuid":"b","actor":{"id":1,"id":2}}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all","n":1e999999}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all","actor":[],"target":{},"client":"x","published":[]}""")]
    public async Task Odd_JSON_can_still_be_looked_at(string logEvent)
    {
        var alert = await RaiseAsync(logEvent);

        Assert.Equal("user.mfa.factor.reset_all", alert["eventType"]!.GetValue<string>());
        Assert.NotNull(alert["raw"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(logEvent))), alert["rawSha256"]!.GetValue<string>());
    }

    [Fact]
    public async Task Deep_JSON_can_still_be_looked_at()
    {
        var deep = $"{new string('[', 200)}{new string(']', 200)}";
        await _detector.PostAsync($$$"""{"data":{"events":[{"eventType":"user.mfa.factor.reset_all","a":{{{deep}}}}]}}""");
        var id = Assert.Single(await _detector.AlertsAsync())["id"];

        using var response = await _detector.AskAsync(HttpMethod.Get, $"/api/alerts/{id}");

        Assert.Contains(deep, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_can_still_be_looked_at()
    {
        byte[] body = [.. """{"data":{"events":[{"eventType":"user.mfa.factor.reset_all","displayMessage":" """u8, 0xC3, 0x28, 0xFF, .. "\"}]}}"u8];
        await _detector.PostAsync(body);

        Assert.NotNull((await OnlyAlertAsync())["raw"]);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<JsonNode> RaiseAsync(string logEvent)
    {
        await _detector.PostAsync($$$"""{"source":"https://example.okta.com/api/v1/eventHooks/who1","data":{"events":[{{{logEvent}}}]}}""");
        return await OnlyAlertAsync();
    }

    private async Task<JsonNode> OnlyAlertAsync() => await _detector.GetAsync($"/api/alerts/{Assert.Single(await _detector.AlertsAsync())["id"]}");
}
