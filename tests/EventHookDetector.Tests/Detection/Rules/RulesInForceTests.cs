using System.Text.Json.Nodes;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Hosting;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace EventHookDetector.Tests.Detection.Rules;

public sealed class RulesInForceTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rules-");
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_rule_of_ones_own_alerts_in_the_place_of_one_that_matters_less()
    {
        Own("vip.toml", $"enabled = true\n{RuleFileTests.Smallest}");

        await _detector.DeliverAsync(Some.FactorReset(target: "ceo@example.com"), Some.FactorReset(target: "ada@example.com"));

        var vip = Assert.Single(await _detector.AlertsAsync("&rule=vip-reset"));
        Assert.Equal("critical", Text(vip["severity"]));
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task One_without_enabled_is_off_until_its_id_is_named()
    {
        Own("vip.toml", RuleFileTests.Smallest);

        await _detector.DeliverAsync(Some.FactorReset(target: "ceo@example.com"));

        Assert.Empty(await _detector.AlertsAsync("&rule=vip-reset"));
        Assert.False((await _detector.GetAsync("/api/rules/vip-reset"))["enabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_bad_file_is_told_with_its_line_and_takes_no_other_down()
    {
        Own("bad.toml", RuleFileTests.Smallest.Replace("critical", "dreadful", StringComparison.Ordinal));
        Own("broken.toml", "id = ");
        Own("deep.toml", $"tags = {new string('[', 200)}{new string(']', 200)}");
        Own("good.toml", $"enabled = true\n{RuleFileTests.Smallest.Replace("vip-reset", "good", StringComparison.Ordinal)}");
        Own("twin.toml", RuleFileTests.Smallest.Replace("vip-reset", "good", StringComparison.Ordinal));
        _detector.Settings["Detection:Rules:0"] = "vip-reset";

        await _detector.DeliverAsync(Some.FactorReset(target: "ceo@example.com"), Some.FactorReset());

        Assert.Single(await _detector.AlertsAsync("&rule=good"));
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
        var told = _detector.Logs.Lines.Where(line => line.StartsWith("Error ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(told, line => line.Contains("bad.toml, line 5, column 1: severity must be one of", StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("broken.toml, line 1, ", StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("deep.toml, line 1, column 1: the file cannot be read", StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("twin.toml, line 1, column 1: id is that of another rule", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_query_with_an_unknown_field_or_a_look_alike_is_warned_of_at_start()
    {
        Own("field.toml", RuleFileTests.Smallest.Replace("alternate_id", "alternateId", StringComparison.Ordinal));
        Own("letter.toml", RuleFileTests.Smallest.Replace("vip-reset", "letter", StringComparison.Ordinal).Replace("ceo@", "c\u0435o@", StringComparison.Ordinal));
        Own("quote.toml", RuleFileTests.Smallest.Replace("vip-reset", "quote", StringComparison.Ordinal).Replace("ceo@example.com", "\u201cceo@example.com\u201d", StringComparison.Ordinal));

        await _detector.DeliverAsync();

        Assert.Contains(_detector.Logs.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("okta.target.alternate_id", StringComparison.Ordinal));
        Assert.Contains(_detector.Logs.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("U+0435", StringComparison.Ordinal));
        Assert.Contains(_detector.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("U+201C", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shipped_rule_is_switched_on_by_its_id()
    {
        var channel = _detector.WithNotifier("secops");
        var id = RuleFiles.Shipped.Rules.Single(rule => rule.Rule.EventTypes.Contains("system.api_token.create")).Rule.Id;
        _detector.Settings["Detection:Rules:0"] = id.ToUpperInvariant();

        await _detector.DeliverAsync(Some.LogEvent("system.api_token.create"), Some.LogEvent("system.api_token.revoke"), Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        Assert.Equal("medium", Text(Assert.Single(await _detector.AlertsAsync($"&rule={id}"))["severity"]));
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
        var notice = Assert.Single(channel.Received, notice => notice.Title.StartsWith("Okta API token was created", StringComparison.Ordinal));
        Assert.Contains("system.api_token.create", notice.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("factors", notice.Title + notice.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_announced_reset_covers_nothing_but_a_reset()
    {
        _detector.Settings["Detection:Rules:0"] = RuleFiles.Shipped.Rules.Single(rule => rule.Rule.EventTypes.Contains("policy.rule.delete")).Rule.Id;
        await _detector.PostAsOperatorAsync("/api/expected-resets", new JsonObject
        {
            ["target"] = "ada@example.com",
            ["ticket"] = "HD-4711",
            ["approver"] = "grace@example.com",
            ["from"] = "2026-11-24T09:00:00Z",
            ["until"] = "2026-11-24T12:00:00Z",
        });

        await _detector.DeliverAsync(Some.LogEvent("policy.rule.delete", target: "ada@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task Each_rule_has_the_window_and_the_cap_of_its_file()
    {
        Own("vip.toml", $"enabled = true\nwindow = \"01:00:00\"\nmax_alerts = 7\n{RuleFileTests.Smallest}");

        var rule = await _detector.GetAsync("/api/rules/vip-reset");

        Assert.Equal("01:00:00 7", $"{rule["window"]} {rule["maxAlerts"]}");
    }

    [Fact]
    public async Task What_is_configured_stands_above_every_file()
    {
        Own("vip.toml", $"enabled = true\nwindow = \"01:00:00\"\nmax_alerts = 7\n{RuleFileTests.Smallest}");
        _detector.Settings["Detection:Window"] = "00:10:00";
        _detector.Settings["Detection:MaxAlerts"] = "3";

        var rules = (await _detector.GetAsync("/api/rules"))["items"]!.AsArray();

        Assert.Contains(rules, rule => Text(rule!["id"]) == "vip-reset");
        Assert.All(rules, rule => Assert.Equal("00:10:00 3", $"{rule!["window"]} {rule["maxAlerts"]}"));
    }

    [Fact]
    public void An_id_that_no_rule_has_and_a_folder_that_is_not_there_are_faults_of_the_configuration()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Detection:RulesPath"] = Path.Combine(_folder.FullName, "nowhere"),
            ["Detection:Rules:0"] = "nonsense",
            ["Detection:Rules:1"] = RuleFiles.Shipped.Ids[0],
        }).Build();

        var faults = SectionCheck.FindFaults(configuration, "Detection", new DetectionOptions(), new DetectionOptions.Validator()).ToArray();

        Assert.Equal(2, faults.Length);
        Assert.StartsWith("Detection:RulesPath must be a folder", faults[0], StringComparison.Ordinal);
        Assert.StartsWith("Detection:Rules:0 must be the id of a rule", faults[1], StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _detector.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Own(string name, string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, name), text);
        _detector.Settings["Detection:RulesPath"] = _folder.FullName;
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();
}
