using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

public sealed class AlertCapTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Twelve_resets_with_a_cap_of_five_are_five_told_seven_kept_and_one_digest()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "5";

        foreach (var _ in Enumerable.Range(0, 12)) await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(5, channel.Received.Count);
        Assert.Equal(5, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Equal(7, (await _detector.AlertsAsync("&outcome=capped")).Count);

        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();
        await _detector.DispatchNotificationsAsync();

        var digest = Assert.Single(channel.Received, notice => notice.Type == "window.digest");
        Assert.Equal("7 more resets of MFA factors were withheld", digest.Title);
        Assert.Contains(digest.Facts, fact => fact is { Label: "Targets", Value: "ada@example.com (7)" });
        Assert.Contains(digest.Facts, fact => fact is { Label: "Actors", Value: "eve@example.com (7)" });
        Assert.Equal(6, channel.Received.Count);
    }

    [Fact]
    public async Task A_cap_is_exact_however_many_arrive_at_once()
    {
        _detector.Settings["Detection:MaxAlerts"] = "5";
        _ = _detector.Http;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _detector.DeliverAsync(Some.FactorReset())));

        Assert.Equal(5, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Equal(15, (await _detector.AlertsAsync("&outcome=capped")).Count);
    }

    [Fact]
    public async Task A_full_window_raises_no_more_until_the_next_one_opens()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";
        _detector.Settings["Detection:Window"] = "01:00:00";

        await _detector.DeliverAsync(Some.FactorReset(), Some.FactorReset(), Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.DeliverAsync(Some.FactorReset());

        Assert.Equal(3, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    [Fact]
    public async Task A_window_starts_at_a_multiple_of_its_length()
    {
        _detector.Clock.Advance(TimeSpan.FromMinutes(3));

        await _detector.DeliverAsync(Some.FactorReset());

        var window = (await _detector.GetAsync("/api/windows"))["items"]![0]!;
        Assert.Equal("2026-11-24T09:20:00Z", window["start"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:25:00Z", window["end"]!.GetValue<string>());
        Assert.Equal(100, window["cap"]!.GetValue<int>());
        Assert.Equal(1, window["alerted"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_window_that_withheld_nothing_owes_no_digest()
    {
        var channel = _detector.WithNotifier("secops");

        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();

        Assert.DoesNotContain(channel.Received, notice => notice.Type == "window.digest");
    }

    [Fact]
    public async Task A_duplicate_takes_no_place_in_the_window()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";
        var reset = Some.FactorReset();

        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.DeliverAsync(Some.FactorReset());

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
