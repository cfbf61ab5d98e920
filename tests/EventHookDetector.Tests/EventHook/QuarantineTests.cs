using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.EventHook;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.EventHook;

public sealed class QuarantineTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Items_are_listed_newest_first_and_page_by_page()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Insert(0, await KeepAsync($"body {i}"));

        var seen = new List<string>();
        var pages = 0;
        for (var cursor = ""; ; pages++)
        {
            var page = await _detector.GetAsync($"/api/quarantine?limit=2{cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()));
            if (page["nextCursor"] is not { } next) break;
            cursor = $"&cursor={next}";
        }

        Assert.Equal(ids, seen);
        Assert.Equal(2, pages);
    }

    [Fact]
    public async Task An_item_shows_its_content()
    {
        await _detector.PostAsync("{\"half\":");
        var id = (string)Assert.Single(await _detector.QuarantineAsync())["id"]!;

        var shown = await _detector.GetAsync($"/api/quarantine/{id.ToUpperInvariant()}");

        Assert.Equal("{\"half\":", (string?)shown["content"]);
        Assert.Equal((id, "body", 8), ((string?)shown["item"]!["id"], (string?)shown["item"]!["kind"], (int)shown["item"]!["size"]!));
        Assert.Equal("2026-11-24T09:20:00Z", (string?)shown["item"]!["receivedAt"]);
        Assert.Null(shown["item"]!["replayedAt"]);
    }

    [Fact]
    public async Task A_replay_of_what_was_alerted_at_receipt_ends_as_duplicate()
    {
        await _detector.PostAsync(Some.Delivery(Some.Login(), Some.FactorReset(uuid: "u1"), Some.Login()).ToJsonString() + "!");
        var id = (string)Assert.Single(await _detector.QuarantineAsync())["id"]!;
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));

        var replayed = await _detector.PostAsOperatorAsync($"/api/quarantine/{id}/replay");

        Assert.Equal(["id", "defect", "logEvents", "notListed", "continues", "notMatched"], replayed.AsObject().Select(property => property.Key));
        Assert.Equal((id, 2), ((string?)replayed["id"], (int)replayed["notMatched"]!));
        Assert.StartsWith("The body is not JSON", (string?)replayed["defect"], StringComparison.Ordinal);
        Assert.Equal("""{"uuid":"u1","outcome":"duplicate","because":null}""", Assert.Single(replayed["logEvents"]!.AsArray())!.ToJsonString());
        Assert.Single(await _detector.AlertsAsync());
        var item = Assert.Single(await _detector.QuarantineAsync());
        Assert.Equal("2026-11-24T09:21:00Z", (string?)item["replayedAt"]);
        Assert.EndsWith("u1: Duplicate", (string?)item["replayResult"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_that_has_become_readable_is_told_at_its_replay_and_only_then()
    {
        var channel = _detector.WithNotifier("secops");
        var id = await KeepAsync(Some.Delivery(Some.FactorReset(uuid: "u1", target: "ada@example.com")).ToJsonString());

        var first = await _detector.PostAsOperatorAsync($"/api/quarantine/{id}/replay");
        var second = await _detector.PostAsOperatorAsync($"/api/quarantine/{id}/replay");
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(("alerted", null), ((string?)first["logEvents"]![0]!["outcome"], (string?)first["defect"]));
        Assert.Equal("duplicate", (string?)second["logEvents"]![0]!["outcome"]);
        Assert.Contains("ada@example.com", Assert.Single(channel.Received).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_event_is_replayed_as_one_of_the_org_it_came_from()
    {
        var reset = Some.FactorReset(uuid: "u1");
        var id = await KeepAsync(reset.ToJsonString(), QuarantineKind.LogEvent);

        var replayed = await _detector.PostAsOperatorAsync($"/api/quarantine/{id}/replay");
        await _detector.DeliverAsync(reset);

        Assert.Equal("alerted", (string?)replayed["logEvents"]![0]!["outcome"]);
        Assert.Equal("example.okta.com", (string?)Assert.Single(await _detector.AlertsAsync())["org"]);
    }

    [Fact]
    public async Task A_log_event_that_still_cannot_be_read_stays_one_item()
    {
        await _detector.DeliverAsync(new JsonObject { ["uuid"] = "odd" });
        var id = (string)Assert.Single(await _detector.QuarantineAsync())["id"]!;

        var replayed = await _detector.PostAsOperatorAsync($"/api/quarantine/{id}/replay");

        Assert.Equal(
            """{"uuid":"odd","outcome":"invalid","because":"The log event has no eventType."}""",
            Assert.Single(replayed["logEvents"]!.AsArray())!.ToJsonString());
        Assert.Single(await _detector.QuarantineAsync());
    }

    [Fact]
    public async Task What_was_too_long_to_keep_cannot_be_replayed()
    {
        _detector.Settings["EventHook:MaxBodyBytes"] = "65536";
        await _detector.PostAsync(new byte[65537]);
        var id = (string)Assert.Single(await _detector.QuarantineAsync())["id"]!;

        using var response = await _detector.AskAsync(HttpMethod.Post, $"/api/quarantine/{id}/replay");

        await response.AssertProblemAsync(409, "EventHook:MaxBodyBytes", "System Log");
    }

    [Theory]
    [InlineData("GET", "/api/quarantine/unknown")]
    [InlineData("POST", "/api/quarantine/unknown/replay")]
    [InlineData("GET", "/api/quarantine/'%20OR%201=1--")]
    public async Task An_unknown_item_is_404(string method, string path)
    {
        await KeepAsync("another");

        using var response = await _detector.AskAsync(new HttpMethod(method), path);

        await response.AssertProblemAsync(404, "no item of that id");
    }

    [Fact]
    public async Task Strangers_and_the_secret_of_the_hook_open_no_quarantine()
    {
        var id = await KeepAsync("body");

        using var list = await _detector.AskAsync(HttpMethod.Get, "/api/quarantine", key: null);
        using var item = await _detector.AskAsync(HttpMethod.Get, $"/api/quarantine/{id}", DetectorApp.Secret);
        using var replay = await _detector.AskAsync(HttpMethod.Post, $"/api/quarantine/{id}/replay", key: "wrong");

        await list.AssertProblemAsync(401);
        await item.AssertProblemAsync(401);
        await replay.AssertProblemAsync(401);
    }

    [Fact]
    public async Task More_items_than_allowed_push_the_oldest_out()
    {
        _detector.Settings["Quarantine:MaxItems"] = "2";

        await KeepAsync("first");
        string[] kept = [await KeepAsync("second"), await KeepAsync("third")];

        Assert.Equal(kept, (await _detector.QuarantineAsync()).Select(item => (string?)item["id"]).Reverse());
        Assert.Equal(1, await ForgottenAsync());
    }

    [Fact]
    public async Task More_bytes_than_allowed_push_the_oldest_out_but_never_the_newest()
    {
        _detector.Settings["Quarantine:MaxBytes"] = "1048576";

        await KeepAsync(new string('x', 700_000));
        await KeepAsync(new string('y', 700_000));
        Assert.Equal(1, await ForgottenAsync());
        var newest = await KeepAsync(new string('z', 2_000_000));

        Assert.Equal(newest, (string?)Assert.Single(await _detector.QuarantineAsync())["id"]);
        Assert.Equal(2, await ForgottenAsync());
    }

    [Fact]
    public async Task What_is_too_old_goes_when_something_new_comes()
    {
        _detector.Settings["Quarantine:MaxAge"] = "02:00:00";

        await KeepAsync("old");
        _detector.Clock.Advance(TimeSpan.FromHours(1.5));
        await KeepAsync("younger");
        _detector.Clock.Advance(TimeSpan.FromHours(0.6));
        await KeepAsync("new");

        Assert.Equal([3, 7], (await _detector.QuarantineAsync()).Select(item => (int)item["size"]!));
        Assert.Equal(1, await ForgottenAsync());
    }

    [Fact]
    public async Task Of_several_kept_in_the_same_millisecond_the_last_is_the_newest()
    {
        _detector.Settings["Quarantine:MaxItems"] = "1";

        for (var i = 0; i < 20; i++) Assert.Equal(await KeepAsync($"{i}"), (string?)Assert.Single(await _detector.QuarantineAsync())["id"]);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    /// <summary>As a version that could not read it would have kept it.</summary>
    private Task<string> KeepAsync(string content, QuarantineKind kind = QuarantineKind.Body) => _detector.Services.GetRequiredService<Quarantine>()
        .KeepAsync(kind, "An older version could not read it.", "example.okta.com", Encoding.UTF8.GetBytes(content));

    private async Task<int> ForgottenAsync() => (int)(await _detector.GetAsync("/api/quarantine"))["forgotten"]!;
}
