using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Dashboard;

public sealed class OverviewTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Of_nothing_it_shows_a_day_of_nothing()
    {
        var overview = await _detector.GetAsync("/api/overview");

        Assert.Equal(96, overview["day"]!.AsArray().Count);
        Assert.Equal("2026-11-23T09:30:00Z", overview["day"]![0]!["start"]!.GetValue<string>());
        Assert.Equal(24, overview["windows"]!.AsArray().Count);
        Assert.Equal("2026-11-24T09:25:00Z", overview["windows"]![23]!["end"]!.GetValue<string>());
        Assert.Equal(0, Total(overview, "day") + Total(overview, "windows"));
        Assert.Null(overview["lag"]!["receivedToTold"]);
        Assert.True(overview["isComplete"]!.GetValue<bool>());
    }

    [Fact]
    public async Task What_was_told_withheld_excepted_and_announced_is_counted_where_it_was_received()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.ExceptAsync(new JsonObject { ["target"] = "excepted@example.com" });
        await _detector.PostAsOperatorAsync("/api/expected-resets", JsonNode.Parse(
            """{"target":"expected@example.com","ticket":"HD-1","approver":"grace@example.com","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await _detector.DeliverAsync(Some.FactorReset(), Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromMinutes(5));
        await _detector.DeliverAsync(Some.FactorReset(target: "excepted@example.com"), Some.FactorReset(target: "expected@example.com"));

        var overview = await _detector.GetAsync("/api/overview");

        var before = overview["windows"]![22]!;
        Assert.Equal("2026-11-24T09:20:00Z", before["start"]!.GetValue<string>());
        Assert.Equal((1, 1, 0, 0), Counts(before));
        Assert.Equal((0, 0, 1, 1), Counts(overview["windows"]![23]!));
        Assert.Equal((1, 1, 1, 1), Counts(overview["day"]![95]!));
    }

    [Fact]
    public async Task The_newest_are_shown_whatever_became_of_them_with_the_reason()
    {
        _detector.WithNotifier("secops");
        await _detector.ExceptAsync(new JsonObject { ["target"] = "excepted@example.com" });
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        await _detector.DeliverAsync(Some.FactorReset(target: "excepted@example.com"));

        var newest = (await _detector.GetAsync("/api/overview"))["newest"]!.AsArray();

        Assert.Equal(["excepted", "alerted"], newest.Select(alert => alert!["outcome"]!.GetValue<string>()));
        Assert.Contains("Yearly audit", newest[0]!["because"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal([0, 1], newest.Select(alert => alert!["channels"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_flood_of_what_woke_nobody_does_not_hide_what_did()
    {
        await _detector.ExceptAsync(new JsonObject { ["target"] = "excepted@example.com" });
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var _ in Enumerable.Range(0, 25)) await _detector.DeliverAsync(Some.FactorReset(target: "excepted@example.com"));

        var newest = (await _detector.GetAsync("/api/overview"))["newest"]!.AsArray();

        Assert.Equal(11, newest.Count);
        Assert.Equal("ada@example.com", newest[^1]!["targetLogin"]!.GetValue<string>());
    }

    [Fact]
    public async Task It_says_how_many_channels_took_it_and_how_many_are_still_tried()
    {
        _detector.WithNotifier("ok");
        _detector.WithNotifier("gone").Answer = () => new NotificationResult.GiveUp("404 no_service");
        _detector.WithNotifier("slow").Answer = () => new NotificationResult.Retry("503 come back later");
        await TellAsync();

        var alert = Assert.Single((await _detector.GetAsync("/api/overview"))["newest"]!.AsArray())!;

        Assert.Equal((3, 1, 1), (alert["channels"]!.GetValue<int>(), alert["channelsTold"]!.GetValue<int>(), alert["channelsPending"]!.GetValue<int>()));
        Assert.NotNull(alert["toldAt"]);
    }

    [Fact]
    public async Task It_counts_what_is_open_and_names_the_most_severe_of_it()
    {
        await _detector.DeliverAsync(Some.FactorReset(target: "first@example.com"));
        await _detector.DeliverAsync(Reset("ada@example.com", isProxy: true));
        await _detector.DeliverAsync(Some.FactorReset(target: "last@example.com"));
        var before = (await _detector.GetAsync("/api/overview"))["alerted"]!;
        await _detector.PostAsOperatorAsync($"/api/alerts/{before["mostSevere"]!["id"]}/acknowledge");
        var after = (await _detector.GetAsync("/api/overview"))["alerted"]!;

        Assert.Equal((3, 3), (before["count"]!.GetValue<int>(), before["open"]!.GetValue<int>()));
        Assert.Equal("ada@example.com", before["mostSevere"]!["targetLogin"]!.GetValue<string>());
        Assert.NotEqual("low", before["mostSevere"]!["severity"]!.GetValue<string>());
        Assert.Equal((3, 2), (after["count"]!.GetValue<int>(), after["open"]!.GetValue<int>()));
        Assert.Equal("low", after["mostSevere"]!["severity"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_older_than_a_day_is_not_shown()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromHours(25));

        var overview = await _detector.GetAsync("/api/overview");

        Assert.Equal(0, Total(overview, "day"));
        Assert.Empty(overview["newest"]!.AsArray());
    }

    [Fact]
    public async Task It_says_how_long_it_took_from_published_to_received_to_told()
    {
        _detector.WithNotifier("secops");
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));   // published 2.583 s before
        var untold = await _detector.GetAsync("/api/overview");
        _detector.Clock.Advance(TimeSpan.FromSeconds(1.5));
        await _detector.DispatchNotificationsAsync();
        var told = await _detector.GetAsync("/api/overview");

        Assert.Equal(1, untold["lag"]!["untold"]!.GetValue<int>());
        Assert.Equal(0, told["lag"]!["untold"]!.GetValue<int>());
        Assert.Equal(2.583, told["lag"]!["publishedToReceived"]!["median"]!.GetValue<double>());
        Assert.Equal(1.5, told["lag"]!["receivedToTold"]!["longest"]!.GetValue<double>());
        var newest = Assert.Single(told["newest"]!.AsArray())!;
        Assert.Equal(("ada@example.com", "open", "2026-11-24T09:20:01.5Z"), (newest["targetLogin"]!.GetValue<string>(), newest["status"]!.GetValue<string>(), newest["toldAt"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_channel_is_unused_then_ok_then_failing_then_ok_again()
    {
        var secops = _detector.WithNotifier("secops");
        Assert.Equal("unused", (await ChannelAsync())["health"]!.GetValue<string>());

        await TellAsync();
        Assert.Equal("ok", (await ChannelAsync())["health"]!.GetValue<string>());

        secops.Answer = () => new NotificationResult.Retry("503 come back later");
        await TellAsync();
        var retrying = await ChannelAsync();
        Assert.Equal(("failing", 1, "503 come back later"), (retrying["health"]!.GetValue<string>(), retrying["pending"]!.GetValue<int>(), retrying["lastError"]!.GetValue<string>()));
        Assert.NotNull(retrying["waitingSince"]);

        secops.Answer = () => new NotificationResult.GiveUp("404 no_service");
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.DispatchNotificationsAsync();
        var abandoned = await ChannelAsync();
        Assert.Equal(("failing", 1, "404 no_service"), (abandoned["health"]!.GetValue<string>(), abandoned["abandoned"]!.GetValue<int>(), abandoned["lastError"]!.GetValue<string>()));

        secops.Answer = () => new NotificationResult.Sent("ok");
        await TellAsync();
        Assert.Equal("ok", (await ChannelAsync())["health"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/overview.css", "text/css")]
    [InlineData("/overview.js", "text/javascript")]
    [InlineData("/overview-parts.js", "text/javascript")]
    [InlineData("/overview-alert.js", "text/javascript")]
    [InlineData("/overview-list.js", "text/javascript")]
    [InlineData("/overview.svg", "image/svg+xml")]
    public async Task The_page_needs_no_key_and_lets_a_browser_do_nothing_but_show_it(string path, string type)
    {
        using var response = await _detector.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-cache", $"{response.Headers.CacheControl}");
        Assert.NotNull(response.Headers.ETag);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject Reset(string target, bool isProxy)
    {
        var reset = Some.FactorReset(target: target);
        reset["securityContext"] = new JsonObject { ["isProxy"] = isProxy };
        return reset;
    }

    private async Task TellAsync()
    {
        _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
    }

    private async Task<JsonNode> ChannelAsync() => Assert.Single((await _detector.GetAsync("/api/overview"))["channels"]!.AsArray())!;

    private static int Total(JsonNode overview, string list) =>
        overview[list]!.AsArray().Select(part => Counts(part!)).Sum(counts => counts.Alerted + counts.Capped + counts.Excepted + counts.Expected);

    private static (int Alerted, int Capped, int Excepted, int Expected) Counts(JsonNode part) =>
        (part["alerted"]!.GetValue<int>(), part["capped"]!.GetValue<int>(), part["excepted"]!.GetValue<int>(), part["expected"]!.GetValue<int>());
}
