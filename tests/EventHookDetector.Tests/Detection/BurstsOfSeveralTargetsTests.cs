using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

/// <summary>A log event about several accounts counts for each of them.</summary>
public sealed class BurstsOfSeveralTargetsTests : IAsyncDisposable
{
    private const string Lena = "lena@example.com";
    private const string Omar = "omar@example.com";
    private const string Grace = "grace@example.com";
    private const string Eve = "eve@example.com";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task The_second_target_of_two_removals_has_lost_two_factors()
    {
        var channel = _detector.WithNotifier("secops");
        var first = SomeTargets.FactorRemoved(Lena, Omar);

        await _detector.DeliverAsync(first.DeepClone(), SomeTargets.FactorRemoved(Grace, Omar));
        await _detector.DispatchNotificationsAsync();

        var alert = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal([first["uuid"]!.GetValue<string>()], Merged(alert));
        Assert.Equal(["OKTA_VERIFY_PUSH", "OKTA_VERIFY_PUSH"], alert["factors"]!.AsArray().Select(factor => factor!.GetValue<string>()));
        Assert.Contains(Omar, Assert.Single(channel.Received).Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_account_completes_a_reset_of_its_own()
    {
        // One by one: within a delivery, PostgreSQL may judge them in another order.
        foreach (var targets in (string[][])[[Lena, Omar], [Omar], [Lena]]) await _detector.DeliverAsync(SomeTargets.FactorRemoved(targets));

        Assert.Equal([Lena, Omar], (await _detector.AlertsAsync()).Select(User).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Single_factors_of_different_accounts_are_no_reset()
    {
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Lena, Omar), SomeTargets.FactorRemoved(Grace));

        Assert.Empty(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task An_account_that_is_named_twice_has_lost_one_factor()
    {
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Lena, Lena), SomeTargets.FactorRemoved(Omar, Omar));

        Assert.Empty(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task A_reset_of_several_accounts_is_one_alert_factor_by_factor_and_as_a_whole()
    {
        var channel = _detector.WithNotifier("secops");
        JsonObject[] parts =
        [
            SomeTargets.FactorRemoved(Lena, Omar, Grace), SomeTargets.FactorRemoved(Grace, Lena, Omar), SomeTargets.FactorReset(Omar, Grace, Lena),
            SomeTargets.FactorRemoved(Omar), SomeTargets.FactorRemoved(Grace, Lena), SomeTargets.FactorRemoved(Grace),
        ];

        foreach (var part in parts) await _detector.DeliverAsync(part.DeepClone());
        await _detector.DispatchNotificationsAsync();

        var alert = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal(5, Merged(alert).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(5, Merged(alert).Count);
        Assert.Equal(5, (await _detector.GetAsync($"/api/alerts/{alert["id"]}"))["mergedRaw"]!.AsArray().Count);
        Assert.Single(channel.Received);
        Assert.Equal("merged", (await ExplainAsync(parts[3]))["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reset_of_all_begins_a_burst_for_each_of_its_accounts()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Omar), SomeTargets.FactorRemoved(Lena), SomeTargets.FactorRemoved(Omar, Lena));

        Assert.Equal(3, Merged(Assert.Single(await _detector.AlertsAsync())).Count);
    }

    [Fact]
    public async Task A_log_event_is_not_hidden_in_the_alert_of_one_of_its_accounts()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena));
        var both = SomeTargets.FactorRemoved(Lena, Omar);
        await _detector.DeliverAsync(both.DeepClone());
        Assert.Contains("alone so far", (await ExplainAsync(both))["because"]!.GetValue<string>(), StringComparison.Ordinal);

        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Omar));

        Assert.Equal([Lena, Omar], (await _detector.AlertsAsync()).Select(User).Order(StringComparer.Ordinal));
        Assert.All(await _detector.AlertsAsync(), alert => Assert.Equal([both["uuid"]!.GetValue<string>()], Merged(alert)));
    }

    [Fact]
    public async Task Accounts_of_one_log_event_may_belong_to_two_alerts()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena), SomeTargets.FactorReset(Omar));
        var both = SomeTargets.FactorRemoved(Lena, Omar);

        await _detector.DeliverAsync(both.DeepClone());

        var alerts = await _detector.AlertsAsync();
        Assert.Equal(2, alerts.Count);
        Assert.All(alerts, alert => Assert.Equal([both["uuid"]!.GetValue<string>()], Merged(alert)));
        Assert.All(alerts, alert => Assert.Contains(alert["id"]!.GetValue<string>(), ExplainAsync(both).Result["because"]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_actor_is_news_for_several_accounts_too()
    {
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Lena, Omar), SomeTargets.FactorRemoved(Lena, Omar));

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar).By(Eve));

        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task A_suppressed_reset_releases_what_another_actor_did_to_each_account()
    {
        await _detector.ExceptAsync("okta.actor.alternate_id:helpdesk.one@example.com");
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Lena, Omar).By(Eve));
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Lena, Omar));
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Omar).By(Eve));

        Assert.Equal(Omar, User(Assert.Single(await _detector.AlertsAsync("&outcome=alerted"))));
        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Fact]
    public async Task A_reset_after_the_verdict_is_news_for_each_account()
    {
        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Lena, Omar), SomeTargets.FactorRemoved(Lena, Omar));
        await _detector.PostAsOperatorAsync($"/api/alerts/{Assert.Single(await _detector.AlertsAsync())["id"]}/close", JsonNode.Parse("""{"verdict":"benign"}"""));

        await _detector.DeliverAsync(SomeTargets.FactorRemoved(Omar), SomeTargets.FactorRemoved(Omar));

        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task Many_at_once_in_any_order_of_their_targets_are_one_alert()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => _detector.DeliverAsync(n % 2 == 0 ? SomeTargets.FactorRemoved(Lena, Omar) : SomeTargets.FactorRemoved(Omar, Lena))));

        Assert.Equal(7, Merged(Assert.Single(await _detector.AlertsAsync())).Count);
    }

    [Fact]
    public async Task A_log_event_about_very_many_accounts_is_never_pending_nor_suppressed()
    {
        await _detector.ExceptAsync("okta.actor.alternate_id:helpdesk.one@example.com");

        await _detector.DeliverAsync(SomeTargets.FactorRemoved([.. Enumerable.Range(0, 101).Select(n => $"user{n}@example.com")]));

        Assert.Equal("alerted", Assert.Single(await _detector.AlertsAsync("&target=user100@example.com"))["outcome"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static IReadOnlyList<string> Merged(JsonNode alert) => [.. alert["merged"]!.AsArray().Select(uuid => uuid!.GetValue<string>())];

    private static string User(JsonNode alert) =>
        alert["targets"]!.AsArray().First(target => target!["type"]!.GetValue<string>() == "User")!["alternateId"]!.GetValue<string>();

    private Task<JsonNode> ExplainAsync(JsonObject logEvent) => _detector.GetAsync($"/api/log-events/{logEvent["uuid"]}");
}
