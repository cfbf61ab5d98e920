using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

public sealed class BurstTests : IAsyncDisposable
{
    private static readonly string[] ThreeFactors = ["SIGNED_NONCE", "OKTA_VERIFY_PUSH", "OKTA_SOFT_TOKEN"];

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task The_reset_of_Identity_Engine_is_one_alert_with_its_three_factors()
    {
        var channel = _detector.WithNotifier("secops");

        await _detector.PostAsync(Some.Sample("identity-engine-reset"));
        await _detector.DispatchNotificationsAsync();

        var alert = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal(ThreeFactors, Factors(alert));
        Assert.Equal(3, Uuids(alert).Count);
        var notice = Assert.Single(channel.Received);
        Assert.Equal("3 MFA factors of ada.byron@example.com were removed by helpdesk.one@example.com at 2026-11-24 09:30:01 UTC.", notice.Summary);
        Assert.Contains(notice.Facts, fact => fact is { Label: "Factors", Value: "SIGNED_NONCE, OKTA_VERIFY_PUSH, OKTA_SOFT_TOKEN" });
    }

    [Fact]
    public async Task Split_over_three_deliveries_and_followed_by_a_reset_of_all_it_is_still_one()
    {
        var channel = _detector.WithNotifier("secops");
        foreach (var logEvent in Sampled())
        {
            await _detector.DeliverAsync(logEvent);
            await _detector.DispatchNotificationsAsync();
        }

        var resetAll = OfAda(Some.FactorReset());
        await _detector.DeliverAsync(resetAll);
        await _detector.DispatchNotificationsAsync();

        var alert = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal(4, Uuids(alert).Count);
        Assert.Contains(resetAll["uuid"]!.GetValue<string>(), alert["merged"]!.AsArray().Select(uuid => uuid!.GetValue<string>()));
        Assert.Single(channel.Received);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Wherever_the_reset_of_all_comes_in_between_it_is_one_alert(int before)
    {
        JsonNode[] parts = [.. Sampled()];
        await _detector.DeliverAsync(parts[..before]);
        await _detector.DeliverAsync(OfAda(Some.FactorReset()));
        await _detector.DeliverAsync(parts[before..]);

        var alert = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal(4, Uuids(alert).Count);
        Assert.Equal(ThreeFactors, Factors(alert));
    }

    [Fact]
    public async Task Eight_at_once_are_still_one()
    {
        var channel = _detector.WithNotifier("secops");
        var deliveries = Enumerable.Range(0, 8).Select(_ => _detector.DeliverAsync(Removed()));

        foreach (var answer in await Task.WhenAll(deliveries)) answer.EnsureSuccessStatusCode();
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(8, Uuids(Assert.Single(await _detector.AlertsAsync())).Count);
        Assert.Single(channel.Received);
    }

    [Fact]
    public async Task A_single_factor_is_no_reset_until_another_follows()
    {
        var first = Removed("SIGNED_NONCE", at: "2026-11-24T09:15:00Z");
        await _detector.DeliverAsync(first);
        Assert.Empty(await _detector.AlertsAsync());
        var alone = await _detector.GetAsync($"/api/log-events/{first["uuid"]}");
        Assert.Equal("notMatched", alone["outcome"]!.GetValue<string>());
        Assert.Equal("burst", alone["stages"]!.AsArray()[^1]!["stage"]!.GetValue<string>());

        await _detector.DeliverAsync(Removed("OKTA_VERIFY_PUSH", at: "2026-11-24T09:20:00Z"));

        var alert = Assert.Single(await _detector.AlertsAsync());
        var merged = await _detector.GetAsync($"/api/log-events/{first["uuid"]}");
        Assert.Equal("merged", merged["outcome"]!.GetValue<string>());
        Assert.Equal(alert["id"]!.GetValue<string>(), merged["alertId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Two_factors_more_than_five_minutes_apart_are_none_unless_Okta_calls_it_one_transaction()
    {
        await _detector.DeliverAsync(Removed(at: "2026-11-24T09:10:00Z"), Removed(at: "2026-11-24T09:15:00.001Z"));
        Assert.Empty(await _detector.AlertsAsync());

        await _detector.DeliverAsync(
            Removed(at: "2026-11-24T08:10:00Z", transaction: "tx1", target: "grace@example.com"),
            Removed(at: "2026-11-24T08:20:00Z", transaction: "tx1", target: "grace@example.com"),
            Removed(at: "2026-11-24T08:10:00Z", transaction: "unknown", target: "alan@example.com"),
            Removed(at: "2026-11-24T08:20:00Z", transaction: "unknown", target: "alan@example.com"));

        Assert.Contains("grace", Target(Assert.Single(await _detector.AlertsAsync())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_may_come_late_and_in_any_order()
    {
        await _detector.DeliverAsync(Removed(at: "2026-11-24T08:00:00Z"));
        await _detector.DeliverAsync(Removed(at: "2026-11-24T09:00:00Z"));
        await _detector.DeliverAsync(Removed(at: "2026-11-24T07:57:00Z"));

        Assert.Single(Assert.Single(await _detector.AlertsAsync())["merged"]!.AsArray());
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    public async Task A_clock_at_the_end_of_all_time_stops_nothing(string at)
    {
        var reset = Some.FactorReset(target: "grace@example.com");
        reset["published"] = at;

        using var answer = await _detector.DeliverAsync(reset, Removed(at: at), Removed(at: at));

        answer.EnsureSuccessStatusCode();
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task Two_resets_of_all_are_two_alerts_however_close()
    {
        await _detector.DeliverAsync(
            Removed(), Removed(), Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "ada@example.com"), Removed());

        var alerts = await _detector.AlertsAsync();
        Assert.Equal(2, alerts.Count);
        Assert.Equal(5, alerts.Sum(alert => Uuids(alert).Count));
    }

    [Fact]
    public async Task Security_questions_failures_and_other_targets_are_no_part_of_it()
    {
        var failed = Removed();
        failed["outcome"]!["result"] = "FAILURE";

        await _detector.DeliverAsync(Removed(), Removed("SECURITY_QUESTION"), failed, Removed(target: "grace@example.com"));

        Assert.Empty(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task What_people_do_to_their_own_account_is_recorded_and_wakes_nobody()
    {
        var channel = _detector.WithNotifier("secops");

        await _detector.DeliverAsync(
            Removed(actor: "ada@example.com", target: "ada@example.com"),
            Removed(actor: "ada@example.com", target: "ada@example.com"),
            Some.FactorReset(actor: "grace@example.com", target: "grace@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Empty(channel.Received);
        var records = await _detector.AlertsAsync("&outcome=excepted");
        Assert.Equal(2, records.Count);
        Assert.All(records, record =>
        {
            Assert.Equal("self", record["kind"]!.GetValue<string>());
            Assert.Equal("Done by the owner of the account, and its rule does not alert on that.", record["because"]!.GetValue<string>());
        });
    }

    [Fact]
    public async Task A_reset_by_another_is_never_part_of_what_somebody_does_to_their_own_account()
    {
        await _detector.DeliverAsync(
            Removed(actor: "ada@example.com", target: "ada@example.com"), Removed(actor: "ada@example.com", target: "ada@example.com"));

        await _detector.DeliverAsync(Removed(actor: "eve@example.com", target: "ada@example.com"), Removed(actor: "eve@example.com", target: "ada@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task Oktas_support_is_told_apart_and_alerts()
    {
        JsonNode[] parts = [Removed(actor: "system@okta.com"), Removed(actor: "system@okta.com")];
        foreach (var part in parts) part["client"] = null;

        await _detector.DeliverAsync(parts);

        var alert = Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
        Assert.Equal("support", alert["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_announcement_covers_the_whole_reset()
    {
        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-4711","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));

        await _detector.DeliverAsync(Removed(), Removed(), Removed(), Some.FactorReset(target: "ada@example.com"));

        var record = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal("expected", record["outcome"]!.GetValue<string>());
        Assert.Equal(4, Uuids(record).Count);
    }

    [Fact]
    public async Task What_nobody_was_told_of_hides_nothing_that_another_actor_does()
    {
        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-4711","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        await _detector.DeliverAsync(Removed(), Removed());

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));

        Assert.Equal("eve@example.com", Assert.Single(await _detector.AlertsAsync("&outcome=alerted"))["actor"]!["alternateId"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_reset_by_another_actor_is_news_even_after_one_that_was_told()
    {
        await _detector.DeliverAsync(Removed(), Removed());

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));

        Assert.Equal(
            ["eve@example.com", "helpdesk.one@example.com"],
            (await _detector.AlertsAsync()).Select(alert => alert["actor"]!["alternateId"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_is_part_of_a_reset_stays_part_of_it()
    {
        await _detector.DeliverAsync(Removed(actor: "eve@example.com"));
        await _detector.DeliverAsync(Removed());
        await _detector.DeliverAsync(Removed(actor: "eve@example.com"));

        Assert.Equal(3, Uuids(Assert.Single(await _detector.AlertsAsync())).Count);
    }

    [Fact]
    public async Task An_excepted_reset_does_not_hide_what_another_actor_did_before_and_after()
    {
        await _detector.ExceptAsync(new JsonObject { ["actor"] = "svc@example.com" });
        await _detector.DeliverAsync(Removed(actor: "eve@example.com"));
        await _detector.DeliverAsync(Removed(actor: "svc@example.com"));
        await _detector.DeliverAsync(Removed(actor: "eve@example.com"));

        var alert = Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
        Assert.Equal("eve@example.com", alert["actor"]!["alternateId"]!.GetValue<string>());
        Assert.Equal(2, Uuids(alert).Count);
    }

    [Fact]
    public async Task An_announced_reset_does_not_hide_what_another_actor_did_before_and_after()
    {
        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-4711","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        await _detector.DeliverAsync(Removed(actor: "eve@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await _detector.DeliverAsync(Removed(actor: "eve@example.com"));

        Assert.Equal(2, Uuids(Assert.Single(await _detector.AlertsAsync("&outcome=alerted"))).Count);
        Assert.Single(await _detector.AlertsAsync("&outcome=expected"));
    }

    [Fact]
    public async Task Of_two_accounts_at_once_neither_is_hidden_by_its_neighbour()
    {
        await _detector.DeliverAsync(Removed(), Removed());
        var both = Some.FactorReset(target: "ada@example.com");
        both["target"]!.AsArray().Add(Some.FactorReset(target: "grace@example.com")["target"]![0]!.DeepClone());
        var ownAndAnother = (JsonObject)both.DeepClone();
        ownAndAnother["uuid"] = Some.Uuid();
        ownAndAnother["actor"]!["id"] = both["target"]![0]!["id"]!.DeepClone();

        await _detector.DeliverAsync(both, ownAndAnother);

        Assert.Equal(3, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    [Fact]
    public async Task A_transaction_of_long_ago_takes_in_nothing()
    {
        await _detector.DeliverAsync(Removed(at: "2026-05-01T09:00:00Z", transaction: "one"), Removed(at: "2026-05-01T09:00:01Z", transaction: "one"));
        await _detector.DeliverAsync(Removed(at: "2026-05-03T09:00:00Z", transaction: "one"), Removed(at: "2026-05-03T09:20:00Z", transaction: "one"));

        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task What_comes_late_goes_to_the_reset_of_its_time()
    {
        await _detector.DeliverAsync(Removed(at: "2026-11-24T09:00:00Z"), Removed(at: "2026-11-24T09:00:01Z"));
        await _detector.DeliverAsync(Removed(at: "2026-11-24T09:10:00Z"), Removed(at: "2026-11-24T09:10:01Z"));
        await _detector.DeliverAsync(Removed(at: "2026-11-24T09:00:02Z"), Removed(at: "2026-11-24T09:10:02Z"));

        var alerts = await _detector.AlertsAsync();
        Assert.Equal([3, 3], alerts.Select(alert => Uuids(alert).Count));
    }

    [Fact]
    public async Task A_rule_of_ones_own_that_waits_or_looks_away_silences_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("rules-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "vip.toml"), Vip, TestContext.Current.CancellationToken);
        _detector.Settings["Detection:RulesPath"] = folder.FullName;

        await _detector.DeliverAsync(Some.FactorReset());

        var alert = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal("alerted", alert["outcome"]!.GetValue<string>());
        Assert.Equal("729aa18d-06a6-41c7-b175-b65b739b1181", alert["rule"]!["id"]!.GetValue<string>());
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task All_factors_at_once_never_wait_whatever_their_rule_says()
    {
        var folder = Directory.CreateTempSubdirectory("rules-");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "vip.toml"), Vip.Replace("\"self\"", "\"administrator\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        _detector.Settings["Detection:RulesPath"] = folder.FullName;

        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.reset_all"));

        Assert.Equal("alerted", Assert.Single(await _detector.AlertsAsync())["outcome"]!.GetValue<string>());
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_reset_after_the_verdict_is_news()
    {
        await _detector.DeliverAsync(Removed(), Removed());
        var first = Assert.Single(await _detector.AlertsAsync());
        await _detector.PostAsOperatorAsync($"/api/alerts/{first["id"]}/close", JsonNode.Parse("""{"verdict":"benign"}"""));

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));

        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task A_factor_delivered_twice_counts_once()
    {
        var removed = Removed();
        await _detector.DeliverAsync(removed.DeepClone(), removed.DeepClone());
        await _detector.DeliverAsync(removed.DeepClone());

        Assert.Empty(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task An_alert_shows_every_log_event_of_its_reset()
    {
        var first = Removed("SIGNED_NONCE");
        await _detector.DeliverAsync(first, Removed("OKTA_VERIFY_PUSH"));
        var id = Assert.Single(await _detector.AlertsAsync())["id"];

        var alert = await _detector.GetAsync($"/api/alerts/{id}");

        Assert.True(JsonNode.DeepEquals(first, Assert.Single(alert["mergedRaw"]!.AsArray())));
        Assert.Contains(alert["timeline"]!.AsArray(), entry => entry!["what"]!.GetValue<string>().Contains("the factor SIGNED_NONCE, by helpdesk.one@example.com", StringComparison.Ordinal));
    }

    private const string Vip =
        """
        id = "vip-reset"
        name = "Reset of an important account"
        version = 1
        enabled = true
        severity = "critical"
        risk_score = 99
        query = 'event.action:user.mfa.factor.reset_all'
        alert_on = ["self"]

        [burst]
        at_least = 2
        """;

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static IEnumerable<JsonNode> Sampled() =>
        JsonNode.Parse(Some.Sample("identity-engine-reset"))!["data"]!["events"]!.AsArray().Select(logEvent => logEvent!.DeepClone());

    // A reset of the account that the sample is about, by the same hand and at the same time.
    private static JsonObject OfAda(JsonObject logEvent)
    {
        logEvent["actor"]!["id"] = "00u1admin0000000001";
        logEvent["published"] = "2026-11-24T09:30:03Z";
        logEvent["target"]![0]!["id"] = "00u1victim000000001";
        return logEvent;
    }

    private static JsonObject Removed(
        string factor = "OKTA_VERIFY_PUSH", string actor = "helpdesk.one@example.com", string target = "ada@example.com",
        string at = "2026-11-24T09:19:57.417Z", string? transaction = null)
    {
        var logEvent = Some.LogEvent("user.mfa.factor.deactivate", actor, target);
        logEvent["published"] = at;
        logEvent["outcome"]!["reason"] = $"User reset {factor} factor";
        if (transaction is not null) logEvent["transaction"] = new JsonObject { ["id"] = transaction, ["type"] = "WEB" };
        return logEvent;
    }

    private static string[] Factors(JsonNode alert) => [.. alert["factors"]!.AsArray().Select(factor => factor!.GetValue<string>())];

    private static string Target(JsonNode alert) => alert["targets"]![0]!["alternateId"]!.GetValue<string>();

    private static HashSet<string> Uuids(JsonNode alert) =>
        [alert["uuid"]!.GetValue<string>(), .. alert["merged"]!.AsArray().Select(uuid => uuid!.GetValue<string>())];
}
