using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class RuleTests : IAsyncDisposable
{
    private const string Id = "729aa18d-06a6-41c7-b175-b65b739b1181";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task The_rule_is_the_one_that_Elastic_ships()
    {
        var rule = await _detector.GetAsync($"/api/rules/{Id}");

        Assert.Equal(Id, Text(rule["id"]));
        Assert.Equal("Attempt to Reset MFA Factors for an Okta User Account", Text(rule["name"]));
        Assert.Equal(415, rule["version"]!.GetValue<int>());
        Assert.Equal("low", Text(rule["severity"]));
        Assert.Equal(21, rule["riskScore"]!.GetValue<int>());
        Assert.Equal("data_stream.dataset:okta.system and event.action:user.mfa.factor.reset_all", Text(rule["query"]));
        Assert.Equal(
            ["Tactic: Persistence", "Use Case: Identity and Access Audit", "Data Source: Okta", "Resources: Investigation Guide"],
            rule["tags"]!.AsArray().Select(Text));
        Assert.Equal("00:05:00", Text(rule["window"]));
        Assert.Equal(100, rule["maxAlerts"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_rule_names_what_it_watches_for_in_the_words_of_ATTACK()
    {
        var rule = await _detector.GetAsync($"/api/rules/{Id}");

        var threats = rule["threat"]!.AsArray().Select(threat => $"{threat!["tacticId"]} {threat["techniqueId"]} {threat["subtechniqueId"]}".TrimEnd());
        Assert.Equal(["TA0003 T1098", "TA0005 T1556 T1556.006"], threats);
    }

    [Fact]
    public async Task The_guide_says_what_to_look_into_what_is_harmless_and_what_to_do()
    {
        var guide = (await _detector.GetAsync($"/api/rules/{Id}"))["triageGuide"]!;

        foreach (var part in new[] { "investigate", "falsePositives", "respond" })
        {
            Assert.NotEmpty(guide[part]!.AsArray());
            Assert.All(guide[part]!.AsArray(), step => Assert.False(string.IsNullOrWhiteSpace(Text(step))));
        }
    }

    [Fact]
    public async Task A_rule_shows_the_window_and_the_cap_that_are_configured()
    {
        _detector.Settings["Detection:Window"] = "00:10:00";
        _detector.Settings["Detection:MaxAlerts"] = "7";

        var rule = await _detector.GetAsync($"/api/rules/{Id}");

        Assert.Equal("00:10:00", Text(rule["window"]));
        Assert.Equal(7, rule["maxAlerts"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_alert_carries_the_identity_of_its_rule()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        var rule = await _detector.GetAsync($"/api/rules/{Id}");

        var carried = Assert.Single(await _detector.AlertsAsync())["rule"]!;

        Assert.All(new[] { "id", "name", "version" }, field => Assert.Equal(rule[field]!.ToJsonString(), carried[field]!.ToJsonString()));
    }

    [Fact]
    public async Task The_list_of_rules_shows_each_as_it_is_shown_alone()
    {
        var list = (await _detector.GetAsync("/api/rules"))["items"]!.AsArray();

        Assert.Contains(list, rule => Text(rule!["id"]) == Id);
        foreach (var rule in list) Assert.True(JsonNode.DeepEquals(rule, await _detector.GetAsync($"/api/rules/{rule!["id"]}")));
    }

    [Fact]
    public async Task A_rule_that_does_not_exist_is_404_and_says_where_the_rules_are()
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, "/api/rules/nonsense");

        Assert.Contains("GET /api/rules", await ProblemAssert.IsProblemAsync(HttpStatusCode.NotFound, response), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string Text(JsonNode? node) => node!.GetValue<string>();
}
