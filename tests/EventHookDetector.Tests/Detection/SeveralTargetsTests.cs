using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

/// <summary>Each User target of a log event is a person, wherever it stands among the targets.</summary>
public sealed class SeveralTargetsTests : IAsyncDisposable
{
    private const string Lena = "lena@example.com";
    private const string Omar = "omar@example.com";
    private const string Grace = "grace@example.com";

    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData(Lena)]
    [InlineData(Omar)]
    public async Task A_reset_is_alerted_if_one_of_its_targets_is_not_announced(string announced)
    {
        await AnnounceAsync(announced);

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));

        Assert.Equal("alerted", Outcome(await OnlyAsync()));
        Assert.Equal(["announced"], await StatesAsync());
    }

    [Fact]
    public async Task An_announcement_that_did_not_cover_every_target_stays_usable()
    {
        await AnnounceAsync(Lena);
        await AnnounceAsync(Grace);
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar, Grace));
        Assert.Equal(["announced", "announced"], await StatesAsync());

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena), SomeTargets.FactorReset(Grace));

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=expected")).Count);
        Assert.Equal(["used", "used"], await StatesAsync());
    }

    [Fact]
    public async Task A_reset_is_expected_if_every_target_is_announced()
    {
        var channel = _detector.WithNotifier("secops");
        foreach (var target in (string[])[Lena, Omar, Grace]) await AnnounceAsync(target, ticket: $"HD-{target}");

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar, Grace));
        await _detector.DispatchNotificationsAsync();

        Assert.Empty(channel.Received);
        var record = await OnlyAsync();
        Assert.Equal("expected", Outcome(record));
        Assert.All((string[])[Lena, Omar, Grace], target => Assert.Contains($"HD-{target}", record["because"]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.Equal(["used", "used", "used"], await StatesAsync());
        var finding = await FindingAsync(record["uuid"]!.GetValue<string>(), "expectedReset");
        Assert.All(await IdsAsync(), id => Assert.Contains(id, finding, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_announcement_does_not_cover_two_accounts_that_share_a_login()
    {
        await AnnounceAsync("shared@example.com");

        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User("00u1", "shared@example.com"), SomeTargets.User("00u2", "shared@example.com")));

        Assert.Equal("alerted", Outcome(await OnlyAsync()));
        Assert.Equal(["announced"], await StatesAsync());
    }

    [Theory]
    [InlineData("00u1", Lena, "00u1", Lena)]
    [InlineData("00u1", Lena, "00u1", null)]
    [InlineData("00u1", Lena, null, "LENA@example.com")]
    [InlineData("00u1", null, "00u1", Lena)]
    [InlineData(null, Lena, "00u1", Lena)]
    public async Task An_account_that_is_named_twice_is_one_account(string? id, string? login, string? idAgain, string? loginAgain)
    {
        await AnnounceAsync(Lena);

        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User(id, login), SomeTargets.User(idAgain, loginAgain)));

        Assert.Equal("expected", Outcome(await OnlyAsync()));
    }

    [Theory]
    [InlineData("00uomar", Lena, "expected")]
    [InlineData("00uomar", null, "alerted")]
    [InlineData(null, Lena, "alerted")]
    public async Task A_target_with_an_id_only_and_one_with_a_login_only_are_two_accounts(string? announcedId, string? announcedLogin, string outcome)
    {
        if (announcedId is not null) await AnnounceAsync(announcedId);
        if (announcedLogin is not null) await AnnounceAsync(announcedLogin);

        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User("00uomar", null), SomeTargets.User(null, Lena)));

        Assert.Equal(outcome, Outcome(await OnlyAsync()));
    }

    [Fact]
    public async Task A_target_without_a_name_cannot_be_announced()
    {
        await AnnounceAsync(Lena);

        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User(Lena), SomeTargets.User(null, null)));

        Assert.Equal("alerted", Outcome(await OnlyAsync()));
    }

    [Fact]
    public async Task An_actor_who_is_one_of_the_targets_is_not_covered_by_announcements()
    {
        await AnnounceAsync(Lena);
        await AnnounceAsync(Omar);

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar).By(Omar));

        Assert.Equal(("alerted", "administrator"), (Outcome(await OnlyAsync()), (await OnlyAsync())["kind"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_actor_who_is_every_target_resets_their_own_account()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Lena).By(Lena));

        Assert.Equal(("excepted", "self"), (Outcome(await OnlyAsync()), (await OnlyAsync())["kind"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(Omar)]
    [InlineData("00U-OMAR@example.com")]
    public async Task A_privileged_account_raises_the_severity_whichever_target_it_is(string privileged)
    {
        _detector.Settings["Detection:PrivilegedAccounts:0"] = privileged;

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Grace, Omar));

        Assert.Equal("medium", (await OnlyAsync())["severity"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("okta.target.alternate_id:lena@example.com", "alerted")]
    [InlineData("okta.target.id:00u-omar@example.com", "alerted")]
    [InlineData("user.target.id:00u-lena@example.com", "alerted")]
    [InlineData("okta.actor.alternate_id:helpdesk.one@example.com and not okta.target.alternate_id:omar@example.com", "alerted")]
    [InlineData("okta.target.alternate_id:lena@example.com or okta.target.alternate_id:omar@example.com", "excepted")]
    [InlineData("okta.target.alternate_id:*@example.com and okta.target.display_name:Finance", "excepted")]
    [InlineData("okta.actor.alternate_id:helpdesk.one@example.com", "excepted")]
    public async Task An_exception_item_covers_a_log_event_only_if_it_covers_every_target(string condition, string outcome)
    {
        await _detector.ExceptAsync(condition);

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));

        Assert.Equal(outcome, Outcome(await OnlyAsync()));
        Assert.Equal(outcome == "excepted" ? 1 : 0, (await _detector.GetAsync("/api/exceptions"))["items"]![0]!["hits"]!.GetValue<int>());
        var preview = await _detector.PostAsOperatorAsync("/api/exceptions/preview", new JsonObject { ["condition"] = condition });
        Assert.Equal(outcome == "excepted" ? 1 : 0, preview["covered"]!.GetValue<int>());
    }

    [Fact]
    public async Task Several_exception_items_may_cover_one_target_each()
    {
        await _detector.ExceptAsync($"okta.target.alternate_id:\"{Lena}\"");
        var second = await _detector.ExceptAsync($"okta.target.alternate_id:\"{Omar}\"");

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar), SomeTargets.FactorReset(Lena, Omar, Grace));

        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
        Assert.All((await _detector.GetAsync("/api/exceptions"))["items"]!.AsArray(), item => Assert.Equal(1, item!["hits"]!.GetValue<int>()));
        await _detector.EndAsync(second);
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));
        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    [Fact]
    public async Task A_preview_names_every_target()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));

        var preview = await _detector.PostAsOperatorAsync("/api/exceptions/preview", new JsonObject { ["condition"] = "okta.actor.alternate_id:helpdesk.one@example.com" });

        Assert.Equal($"{Lena}, {Omar}", preview["items"]![0]!["target"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("not okta.target.alternate_id:lena@example.com")]
    [InlineData("user.target.id:00u-omar@example.com")]
    [InlineData("okta.target.alternate_id:lena@example.com and okta.target.alternate_id:omar@example.com")]
    public async Task A_rule_matches_if_it_matches_one_of_the_targets(string condition)
    {
        var folder = Directory.CreateTempSubdirectory("rules-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "own.toml"), RuleOf(condition), TestContext.Current.CancellationToken);
        _detector.Settings["Detection:RulesPath"] = folder.FullName;

        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));

        Assert.Equal("own-rule", (await OnlyAsync())["rule"]!["id"]!.GetValue<string>());
        folder.Delete(recursive: true);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string Outcome(JsonNode alert) => alert["outcome"]!.GetValue<string>();

    private static string RuleOf(string condition) =>
        $"""
        id = "own-rule"
        name = "A rule of one's own"
        version = 1
        enabled = true
        description = "Watches one account."
        severity = "critical"
        risk_score = 99
        query = 'event.action:user.mfa.factor.reset_all and ({condition})'

        [triage]
        investigate = ["Look."]
        false_positives = ["None."]
        respond = ["Act."]
        """;

    private async Task<JsonNode> OnlyAsync() => Assert.Single(await _detector.AlertsAsync());

    private async Task<IReadOnlyList<JsonNode>> AnnouncementsAsync() => [.. (await _detector.GetAsync("/api/expected-resets"))["items"]!.AsArray().Select(item => item!)];

    private async Task<IEnumerable<string>> StatesAsync() => (await AnnouncementsAsync()).Select(item => item["state"]!.GetValue<string>());

    private async Task<IEnumerable<string>> IdsAsync() => (await AnnouncementsAsync()).Select(item => item["id"]!.GetValue<string>());

    private async Task<string> FindingAsync(string uuid, string stage) => (await _detector.GetAsync($"/api/log-events/{uuid}"))["stages"]!.AsArray()
        .Single(found => found!["stage"]!.GetValue<string>() == stage)!["finding"]!.GetValue<string>();

    private async Task AnnounceAsync(string target, string ticket = "HD-4711")
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: new JsonObject
        {
            ["target"] = target,
            ["ticket"] = ticket,
            ["approver"] = "approver@example.com",
            ["from"] = "2026-11-24T09:00:00Z",
            ["until"] = "2026-11-24T12:00:00Z",
        });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }
}
