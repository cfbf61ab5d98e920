using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

public sealed class ExplainTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task An_alerted_log_event_is_explained_with_who_was_told()
    {
        _detector.WithNotifier("secops");
        await _detector.DeliverAsync(Some.FactorReset(uuid: "5b8b7c60-alerted"));
        await _detector.DispatchNotificationsAsync();

        var explained = await _detector.GetAsync("/api/log-events/5b8b7c60-alerted");

        Assert.Equal("alerted", explained["outcome"]!.GetValue<string>());
        Assert.Equal("raiseAlert", explained["stages"]!.AsArray()[^1]!["stage"]!.GetValue<string>());
        Assert.Equal("sent", Assert.Single(explained["notifications"]!.AsArray())!["state"]!.GetValue<string>());
        Assert.Equal((await _detector.AlertsAsync())[0]["id"]!.GetValue<string>(), explained["alertId"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_capped_log_event_is_explained_with_its_window()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DeliverAsync(Some.FactorReset(uuid: "5b8b7c60-capped"));

        var explained = await _detector.GetAsync("/api/log-events/5b8b7c60-capped");

        Assert.Equal("capped", explained["outcome"]!.GetValue<string>());
        Assert.Contains("2026-11-24 09:20:00Z", explained["because"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("alertCap", LastStage(explained));
    }

    [Fact]
    public async Task An_expected_log_event_is_explained_with_its_ticket()
    {
        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-4711","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com", uuid: "5b8b7c60-expected"));

        var explained = await _detector.GetAsync("/api/log-events/5b8b7c60-expected");

        Assert.Equal("expected", explained["outcome"]!.GetValue<string>());
        Assert.Contains("HD-4711", explained["because"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("expectedReset", LastStage(explained));
    }

    [Fact]
    public async Task An_excepted_log_event_is_explained_with_the_item_that_covered_it()
    {
        var item = await _detector.ExceptAsync(new JsonObject { ["target"] = "ada@example.com" });
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com", uuid: "5b8b7c60-excepted"));

        var explained = await _detector.GetAsync("/api/log-events/5b8b7c60-excepted");

        Assert.Equal("excepted", explained["outcome"]!.GetValue<string>());
        Assert.StartsWith($"Covered by exception item {item["id"]}: ", explained["because"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("exceptionItem", LastStage(explained));
        Assert.Empty(explained["notifications"]!.AsArray());
    }

    [Fact]
    public async Task Of_a_log_event_that_matched_nothing_it_says_that_nothing_is_kept()
    {
        await _detector.DeliverAsync(Some.LogEvent("user.session.start", uuid: "5b8b7c60-login"));

        using var answer = await _detector.AskAsync(HttpMethod.Get, "/api/log-events/5b8b7c60-login");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("no rule matched it", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stages_of_every_outcome_begin_as_the_pipeline_does()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Some.FactorReset(uuid: "5b8b7c60-alerted", target: "ada@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(uuid: "5b8b7c60-merged", target: "ada@example.com"));
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate", uuid: "5b8b7c60-pending"));
        string[] pipeline = ["validation", "match", "deduplication", "severity", "burst", "exceptionItem", "expectedReset", "alertCap", "raiseAlert"];

        foreach (var uuid in (string[])["5b8b7c60-alerted", "5b8b7c60-merged", "5b8b7c60-pending"])
        {
            var stages = (await _detector.GetAsync($"/api/log-events/{uuid}"))["stages"]!.AsArray().Select(stage => stage!["stage"]!.GetValue<string>()).ToArray();
            Assert.Equal(pipeline[..stages.Length], stages);
        }
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string LastStage(JsonNode explained) => explained["stages"]!.AsArray()[^1]!["stage"]!.GetValue<string>();
}
