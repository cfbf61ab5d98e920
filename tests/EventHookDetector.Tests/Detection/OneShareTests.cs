using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Detection;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Detection;

/// <summary>
/// Log events of one account in one share: on a server they are judged side by side, and it must come out as if one had come after the
/// other.
/// </summary>
public sealed class OneShareTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_single_factor_by_another_hand_is_no_reset_when_a_reset_begins_beside_it()
    {
        var outcomes = await InspectTogetherAsync(Removed("helpdesk@example.com"), Removed("helpdesk@example.com"), Removed("eve@example.com"));

        Assert.Equal(1, outcomes.Count(outcome => outcome == DetectionOutcome.Alerted));
        Assert.Equal(2, outcomes.Count(outcome => outcome == DetectionOutcome.NotMatched));
        Assert.Equal("helpdesk@example.com", (string?)Assert.Single(await _detector.AlertsAsync())["actor"]!["alternateId"]);
    }

    [Fact]
    public async Task A_single_factor_from_elsewhere_is_no_reset_when_one_that_is_excepted_begins_beside_it()
    {
        await _detector.ExceptAsync("okta.client.ip:192.0.2.1");

        await InspectTogetherAsync(Removed("svc@example.com", "192.0.2.1"), Removed("svc@example.com", "192.0.2.1"), Removed("svc@example.com", "203.0.113.9"));

        Assert.Equal("excepted", (string?)Assert.Single(await _detector.AlertsAsync())["outcome"]);
    }

    [Fact]
    public async Task What_an_announced_reset_lets_go_of_is_told_with_what_came_beside_it()
    {
        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-4711","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        await _detector.DeliverAsync(Removed("eve@example.com"));
        var ofNobody = Some.FactorReset(target: "ada@example.com");
        ofNobody["actor"] = null;

        await InspectTogetherAsync(ofNobody, Removed("mallory@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=expected"));
        Assert.Single(Assert.Single(await _detector.AlertsAsync("&outcome=alerted"))["merged"]!.AsArray());
    }

    [Fact]
    public async Task A_single_factor_never_joins_a_reset_that_may_yet_be_announced()
    {
        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-4711","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        await _detector.DeliverAsync(Removed("helpdesk@example.com", "203.0.113.9"));

        await InspectTogetherAsync(Removed("helpdesk@example.com", "203.0.113.9"), Some.FactorReset("helpdesk@example.com", "ada@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task All_of_a_share_know_the_exception_items_after_one_has_read_them()
    {
        var item = await _detector.ExceptAsync("okta.actor.alternate_id:\"svc@example.com\"");

        var outcomes = await InspectTogetherAsync([.. Enumerable.Range(0, 20).Select(_ => Some.FactorReset(actor: "svc@example.com"))]);

        Assert.All(outcomes, outcome => Assert.Equal(DetectionOutcome.Excepted, outcome));
        Assert.Equal(20, (int)(await _detector.GetAsync($"/api/exceptions/{item["id"]}"))["hits"]!);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static JsonObject Removed(string actor, string address = "198.51.100.23")
    {
        var logEvent = Some.LogEvent("user.mfa.factor.deactivate", actor, "ada@example.com");
        logEvent["client"]!["ipAddress"] = address;
        logEvent["outcome"]!["reason"] = "User reset OKTA_VERIFY_PUSH factor";
        return logEvent;
    }

    // While the writer is at something else, all of them gather.
    private async Task<IReadOnlyList<DetectionOutcome>> InspectTogetherAsync(params JsonObject[] logEvents)
    {
        var (begun, gathered) = (new TaskCompletionSource(), new TaskCompletionSource());
        var before = _detector.WriteAsync(async _ =>
        {
            begun.SetResult();
            await gathered.Task;
            return 0;
        });
        await begun.Task;
        var mediator = _detector.Services.GetRequiredService<IMediator>();
        var results = logEvents.Select(logEvent => mediator.Send(
            new InspectLogEvent(
                new LogEvent(Encoding.UTF8.GetBytes(logEvent.ToJsonString()), (string?)logEvent["eventType"], "example.okta.com"), _detector.Clock.GetUtcNow()),
            TestContext.Current.CancellationToken)).ToList();
        gathered.SetResult();
        await before;
        return [.. (await Task.WhenAll(results)).Select(result => result.Outcome)];
    }
}
