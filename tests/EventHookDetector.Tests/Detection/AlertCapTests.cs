using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.EventHook;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Detection;

public sealed class AlertCapTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Twelve_resets_with_a_cap_of_five_are_five_told_seven_kept_and_one_digest()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["PublicUrl"] = "https://detector.example.com";
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
        Assert.Equal("7 more resets of MFA factors were suppressed", digest.Title);
        Assert.Contains(digest.Facts, fact => fact is { Label: "Targets", Value: "ada@example.com (7)" });
        Assert.Contains(digest.Facts, fact => fact is { Label: "Actors", Value: "eve@example.com (7)" });
        Assert.Equal(
            "https://detector.example.com/#outcome=capped&rule=729aa18d-06a6-41c7-b175-b65b739b1181&from=2026-11-24T09:20:00Z&to=2026-11-24T09:25:00Z",
            digest.Link?.AbsoluteUri);
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
    public async Task What_is_withheld_after_the_digest_has_gone_out_is_told_in_another()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "1";

        await _detector.DeliverAsync(Some.FactorReset(), Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.AdjustTime(_detector.Clock.GetUtcNow() - TimeSpan.FromMinutes(5));
        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromMinutes(10));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(
            ["1 more reset of MFA factors was suppressed", "2 more resets of MFA factors were suppressed"],
            channel.Received.Where(notice => notice.Type == "window.digest").Select(notice => notice.Title));
    }

    [Fact]
    public async Task A_window_that_still_withholds_owes_its_one_digest_when_that_has_ended()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "1";

        await _detector.DeliverAsync(Some.FactorReset());
        var receivedAt = _detector.Clock.GetUtcNow();
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        foreach (var _ in Enumerable.Range(0, 8))
        {
            // What a big delivery does while it is being worked on.
            await _detector.Services.GetRequiredService<Inspection>().OfLogEventAsync(
                DeliveryReader.Read(Encoding.UTF8.GetBytes(Some.Delivery(Some.FactorReset()).ToJsonString()), _detector.Services.GetRequiredService<WantedEventTypes>()).LogEvents.Single(),
                receivedAt);
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
            await _detector.DispatchNotificationsAsync();
        }

        _detector.Clock.Advance(TimeSpan.FromSeconds(5));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal("8 more resets of MFA factors were suppressed", Assert.Single(channel.Received, notice => notice.Type == "window.digest").Title);
    }

    [Fact]
    public async Task The_digest_of_a_window_of_a_day_says_on_which_day_it_ended()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "1";
        _detector.Settings["Detection:Window"] = "1.00:00:00";

        await _detector.DeliverAsync(Some.FactorReset(), Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromDays(1));
        await _detector.DispatchNotificationsAsync();

        var digest = Assert.Single(channel.Received, notice => notice.Type == "window.digest");
        Assert.Contains("From 2026-11-24 00:00:00 to 2026-11-25 00:00:00 UTC", digest.Summary, StringComparison.Ordinal);
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

    [Fact]
    public async Task Noise_about_one_account_cannot_hide_another()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "2";

        foreach (var _ in Enumerable.Range(0, 6)) await _detector.DeliverAsync(Some.FactorReset(actor: "noise@example.com", target: "decoy@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(actor: "noise@example.com", target: "ceo@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "decoy@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ceo@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(4, channel.Received.Count);
        Assert.Contains(channel.Received, notice => notice.Title.Contains("ceo@example.com", StringComparison.Ordinal));
        Assert.Contains(channel.Received, notice => notice.Summary.Contains("eve@example.com", StringComparison.Ordinal));
        Assert.Equal(5, (await _detector.AlertsAsync("&outcome=capped")).Count);
    }

    [Fact]
    public async Task Newcomers_pass_a_full_window_up_to_ten_times_the_cap()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";

        await _detector.DeliverAsync([.. Enumerable.Range(0, 30).Select(n => Some.FactorReset(target: $"target{n}@example.com"))]);

        Assert.Equal(20, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Equal(10, (await _detector.AlertsAsync("&outcome=capped")).Count);
    }

    [Fact]
    public async Task A_more_severe_alert_of_the_same_two_passes_a_full_window_once_for_each_severity()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "2";

        foreach (var _ in Enumerable.Range(0, 5)) await _detector.DeliverAsync(Reset(reasons: 0));
        foreach (var reasons in (int[])[2, 2, 1, 3, 3, 0]) await _detector.DeliverAsync(Reset(reasons));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(
            [AlertSeverity.Low, AlertSeverity.Low, AlertSeverity.High, AlertSeverity.Critical], channel.Received.Select(notice => notice.Severity!.Value).Order());
        Assert.Equal(7, (await _detector.AlertsAsync("&outcome=capped")).Count);
    }

    [Fact]
    public async Task Each_severe_reset_in_a_flood_about_the_same_people_is_sent()
    {
        _detector.Settings["Detection:MaxAlerts"] = "5";
        string[] targets = [.. Enumerable.Range(0, 13).Select(n => $"target{n}@example.com")];

        foreach (var target in targets) await _detector.DeliverAsync(Reset(reasons: 0, target), Reset(reasons: 0, target));
        foreach (var target in targets) await _detector.DeliverAsync(Reset(reasons: 2, target));

        Assert.Equal(13, (await _detector.AlertsAsync("&severity=high&outcome=alerted")).Count);
    }

    [Fact]
    public async Task More_severe_alerts_pass_up_to_ten_times_the_cap()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        string[] targets = [.. Enumerable.Range(0, 8).Select(n => $"target{n}@example.com")];

        foreach (var target in targets) await _detector.DeliverAsync(Reset(reasons: 0, target));
        foreach (var target in targets) await _detector.DeliverAsync(Reset(reasons: 2, target));

        Assert.Equal(2, (await _detector.AlertsAsync("&severity=high&outcome=alerted")).Count);
        Assert.Equal(6, (await _detector.AlertsAsync("&severity=high&outcome=capped")).Count);
    }

    [Fact]
    public async Task Of_those_that_arrive_at_once_one_passes_as_more_severe()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Reset(reasons: 0));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _detector.DeliverAsync(Reset(reasons: 2))));

        Assert.Single(await _detector.AlertsAsync("&severity=high&outcome=alerted"));
    }

    [Fact]
    public async Task A_digest_lists_the_most_severe_first()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "1";
        foreach (var reasons in (int[])[3, 0, 1, 2]) await _detector.DeliverAsync(Reset(reasons, "ada@example.com"));
        foreach (var reasons in (int[])[0, 0, 0]) await _detector.DeliverAsync(Reset(reasons, "bob@example.com"));
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();

        var digest = Assert.Single(channel.Received, notice => notice.Type == "window.digest");
        Assert.Equal("High 🟠 5 more resets of MFA factors were suppressed", digest.Title);
        Assert.StartsWith("ada@example.com, by helpdesk.one@example.com: It was done with an API token.", digest.RaisedBecause, StringComparison.Ordinal);
        Assert.Equal(
            [("Severity", "1 high, 1 medium, 3 low"), ("🟠 High", null), ("🟡 Medium", null), ("Targets", "ada@example.com (3, high), bob@example.com (2)")],
            digest.Facts.Take(4).Select(fact => (fact.Label, fact.Label[0] > 'z' ? null : fact.Value)));
        var data = JsonSerializer.SerializeToNode(digest.Data, ApiJson.Options)!;
        Assert.Equal(["high", "medium", "low", "low", "low"], data["mostSevere"]!.AsArray().Select(alert => (string?)alert!["severity"]));
        Assert.Equal((2, 1), ((int)data["targetCount"]!, (int)data["actorCount"]!));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    // Each of these facts raises the severity by one step, up from low.
    private static JsonObject Reset(int reasons, string target = "ada.byron@example.com")
    {
        var reset = Some.FactorReset(target: target);
        if (reasons > 0) reset["transaction"] = new JsonObject { ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1" } };
        reset["securityContext"] = new JsonObject { ["isProxy"] = reasons > 1, ["risk"] = new JsonObject { ["level"] = reasons > 2 ? "HIGH" : "LOW" } };
        return reset;
    }
}
