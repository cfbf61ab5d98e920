using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

/// <summary>A rule about a number that nobody serves never speaks, and a dashboard of it stays empty: nobody would notice.</summary>
[Collection(nameof(Alone))]
public sealed partial class AlertRuleTests
{
    private static readonly string Rules = Repository.Read("deploy/prometheus/alert-rules.yaml");
    private static readonly string Dashboard = Repository.Read("deploy/grafana/dashboard.json");

    [Theory]
    [InlineData("check", "rules", "alert-rules.yaml")]
    [InlineData("test", "rules", "alert-rules.test.yaml")]
    public async Task Promtool_finds_nothing_wrong_with_the_rules(params string[] arguments)
    {
        Assert.SkipUnless(Tool.TryRun("promtool", "--version"), "promtool is not installed: run tests/run.sh, which installs Debian's prometheus");

        using var promtool = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = Repository.PathOf("deploy/prometheus"),
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await Task.WhenAll(
            promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(promtool.ExitCode == 0, string.Concat(output));
    }

    [Fact]
    public void Every_rule_is_seen_to_speak_and_to_be_silent()
    {
        var tests = Repository.Read("deploy/prometheus/alert-rules.test.yaml").Split("- name: ")[1..];

        Assert.All(NamesOfRules(), rule =>
        {
            var about = tests.Where(test => test.Contains($"alertname: {rule}\n", StringComparison.Ordinal)).ToArray();
            Assert.Contains(about, test => test.Contains("exp_labels", StringComparison.Ordinal));
            Assert.Contains(about, test => test.Contains("exp_alerts: []", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Every_number_that_a_rule_or_the_dashboard_names_is_served_and_the_dashboard_shows_all_of_ours()
    {
        await using var detector = new DetectorApp();
        detector.WithNotifier("secops").Then(new NotificationResult.Retry("not now"));
        await detector.DeliverAsync(Some.FactorReset(), Some.Login());
        await detector.DispatchNotificationsAsync();
        detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await detector.DispatchNotificationsAsync();

        var served = (await detector.MetricsAsync()).Names.ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(NamesIn(Rules));
        Assert.NotEmpty(NamesIn(Dashboard));
        Assert.Empty(NamesIn(Rules).Concat(NamesIn(Dashboard)).Except(served, StringComparer.Ordinal));
        Assert.Empty(served.Where(name => name.StartsWith("eventhookdetector_", StringComparison.Ordinal)).Select(Family).Except(NamesIn(Dashboard).Select(Family)));
    }

    [Fact]
    public void Every_rule_has_its_entry_in_the_runbook_with_what_it_means_whence_it_comes_and_what_to_do()
    {
        var readme = Repository.Read("deploy/README.md");

        Assert.NotEmpty(NamesOfRules());
        Assert.All(NamesOfRules(), rule =>
        {
            Assert.Contains($"runbook: deploy/README.md#{rule.ToLowerInvariant()}\n", Rules, StringComparison.Ordinal);
            var entry = readme.Split($"\n#### {rule}\n")[1].Split("\n#")[0];
            Assert.All(["**Means:**", "**Causes:**", "**Cure:**"], part => Assert.Contains(part, entry, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void The_runbook_knows_no_rule_that_is_not_there()
    {
        var entries = Heading().Matches(Repository.Read("deploy/README.md")).Select(match => match.Groups["rule"].Value);

        Assert.Equal(NamesOfRules(), entries);
    }

    [Fact]
    public void No_two_panels_of_the_dashboard_share_an_id_and_each_has_something_to_show()
    {
        var panels = JsonNode.Parse(Dashboard)!["panels"]!.AsArray();

        Assert.Distinct(panels.Select(panel => panel!["id"]!.GetValue<int>()));
        Assert.All(panels.Where(panel => panel!["type"]!.GetValue<string>() != "row"), panel => Assert.NotEmpty(panel!["targets"]!.AsArray()));
    }

    private static IReadOnlyList<string> NamesOfRules() => [.. Rule().Matches(Rules).Select(match => match.Groups["rule"].Value)];

    private static IReadOnlyList<string> NamesIn(string text) => [.. Name().Matches(text).Select(match => match.Value).Distinct(StringComparer.Ordinal)];

    private static string Family(string name) => Part().Replace(name, "");

    [GeneratedRegex(@"- alert: (?<rule>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^#### (?<rule>EventHookDetector\w+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\b(eventhookdetector|dotnet)_\w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Part();
}
