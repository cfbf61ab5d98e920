using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class WindowTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task There_is_no_window_before_the_first_alert()
    {
        await _detector.DeliverAsync(Some.Login());

        Assert.Empty(Items(await _detector.GetAsync("/api/windows")));
    }

    [Fact]
    public async Task A_window_counts_what_it_held_and_what_it_withheld()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";
        foreach (var _ in Enumerable.Range(0, 5)) await _detector.DeliverAsync(Some.FactorReset());

        var window = Assert.Single(Items(await _detector.GetAsync("/api/windows")));

        Assert.Equal("729aa18d-06a6-41c7-b175-b65b739b1181", window["ruleId"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:20:00Z", window["start"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:25:00Z", window["end"]!.GetValue<string>());
        Assert.Equal((2, 2, 3), (Number(window, "cap"), Number(window, "alerted"), Number(window, "capped")));
        Assert.Null(window["digestAt"]);
    }

    [Fact]
    public async Task A_window_that_is_over_says_when_its_digest_was_written()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DeliverAsync(Some.FactorReset());

        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();

        var window = Assert.Single(Items(await _detector.GetAsync("/api/windows")));
        Assert.StartsWith("2026-11-24T09:26:", window["digestAt"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Windows_are_walked_page_by_page_newest_first()
    {
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _detector.DeliverAsync(Some.FactorReset());
            _detector.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        var first = await _detector.GetAsync("/api/windows?limit=2");
        var second = await _detector.GetAsync($"/api/windows?limit=2&cursor={first["nextCursor"]}");

        Assert.Equal(
            ["2026-11-24T09:30:00Z", "2026-11-24T09:25:00Z", "2026-11-24T09:20:00Z"],
            Items(first).Concat(Items(second)).Select(window => window["start"]!.GetValue<string>()));
        Assert.Null(second["nextCursor"]);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static IEnumerable<JsonNode> Items(JsonNode page) => page["items"]!.AsArray().Select(item => item!);

    private static int Number(JsonNode window, string field) => window[field]!.GetValue<int>();
}
