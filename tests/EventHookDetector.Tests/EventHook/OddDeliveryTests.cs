using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.EventHook;

public sealed class OddDeliveryTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_body_that_breaks_behind_a_reset_is_refused_kept_and_alerted()
    {
        var body = Some.Delivery(Some.FactorReset(uuid: "u1")).ToJsonString()[..^40];

        using var response = await _detector.PostAsync(body);

        var detail = await response.AssertProblemAsync(400, "breaks at line 1");
        Answers.AssertKept(Assert.Single(await _detector.QuarantineAsync()), Encoding.UTF8.GetBytes(body), detail);
        Assert.Equal("u1", Assert.Single(await _detector.AlertsAsync())["uuid"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reset_with_a_name_that_is_no_UTF8_is_refused_kept_and_alerted()
    {
        var body = Encoding.UTF8.GetBytes(Some.Delivery(Some.FactorReset(uuid: "u1")).ToJsonString());
        body[body.AsSpan().IndexOf("A Target"u8)] = 0xC3;

        using var response = await _detector.PostAsync(body);

        Answers.AssertKept(Assert.Single(await _detector.QuarantineAsync()), body, await response.AssertProblemAsync(400, "UTF-8"));
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

    [Fact]
    public async Task A_flood_of_resets_in_one_delivery_is_taken_to_the_last()
    {
        var resets = string.Join(',', Enumerable.Range(0, 2_500).Select(i => $$"""{"uuid":"{{i}}","eventType":"user.mfa.factor.reset_all"}"""));

        using var response = await _detector.PostAsync($$$"""{"data":{"events":[{{{resets}}}]}}""");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var window = Assert.Single((await _detector.GetAsync("/api/windows"))["items"]!.AsArray())!;
        Assert.Equal((100, 2_400), ((int)window["alerted"]!, (int)window["capped"]!));
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

    private async Task AssertShownAsync(JsonNode alert, string targetName)
    {
        Assert.Equal("u1", alert["uuid"]!.GetValue<string>());
        Assert.Equal(targetName, alert["targets"]![0]!["displayName"]!.GetValue<string>());
        Assert.NotNull(await _detector.GetAsync($"/api/alerts/{alert["id"]}"));
    }
}
