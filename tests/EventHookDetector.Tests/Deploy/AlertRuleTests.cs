using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

/// <summary>A rule about a number that nobody serves never speaks, and a dashboard of it stays empty: nobody would notice.</summary>
[Collection(nameof(Alone))]
[Trait("Engine", "Any")]
public sealed partial class AlertRuleTests
{
    // What to change stands in the first lines of the rules, and all of them must be reached by it.
    private const string RunbookBase = "https://git.example.com/eventhookdetector/blob/main/deploy/runbook.md";

    private static readonly string Rules = Repository.Read("deploy/prometheus/alert-rules.yaml");
    private static readonly string Dashboard = Repository.Read("deploy/grafana/dashboard.json");

    [Theory]
    [InlineData("check", "rules", "alert-rules.yaml")]
    [InlineData("test", "rules", "alert-rules.test.yaml")]
    public async Task Promtool_finds_nothing_wrong_with_the_rules(params string[] arguments)
    {
        var (exitCode, output) = await AskPromtoolAsync(Repository.PathOf("deploy/prometheus"), arguments);

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task Prometheus_takes_what_the_README_shows_for_it_and_its_job_is_the_one_of_the_rules()
    {
        var shown = Repository.Read("deploy/README.md").Split("```yaml\n# prometheus.yml\n")[1..].Select(text => text.Split("```")[0]).ToArray();
        var folder = Directory.CreateTempSubdirectory("prometheus-");
        try
        {
            File.Copy(Repository.PathOf("deploy/prometheus/alert-rules.yaml"), Path.Combine(folder.FullName, "alert-rules.yaml"));
            foreach (var configuration in shown)
            {
                Assert.Contains("job_name: eventhookdetector ", configuration, StringComparison.Ordinal);
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), Discovery().Replace(configuration, "static_configs: [{ targets: [\"pod:9090\"] }]\n"), TestContext.Current.CancellationToken);

                var (exitCode, output) = await AskPromtoolAsync(folder.FullName, "check", "config", "prometheus.yml");

                Assert.True(exitCode == 0, output);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Equal(2, shown.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whether_a_notifier_is_configured_is_seen_from_the_start_on(bool isOne)
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        if (isOne)
        {
            detector.Settings["Notifiers:secops:Type"] = "slack";
            detector.Settings["Notifiers:secops:WebhookUrl"] = "https://hooks.slack.com/services/T000/B000/none";
        }

        await detector.ListenAsync();

        var names = (await ServedMetrics.OfAsync(detector.Http)).Names.ToArray();
        Assert.Contains("eventhookdetector_deliveries_total", names);
        Assert.Equal(isOne, names.Contains("eventhookdetector_notifier_failing", StringComparer.Ordinal));
    }

    private static async Task<(int ExitCode, string Output)> AskPromtoolAsync(string folder, params string[] arguments)
    {
        Assert.SkipUnless(Tool.TryRun("promtool", "--version"), "promtool is not installed: run tests/run.sh, which installs Debian's prometheus");

        using var promtool = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await Task.WhenAll(
            promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);

        return (promtool.ExitCode, string.Concat(output));
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
        var runbook = Repository.Read("deploy/runbook.md");

        Assert.NotEmpty(NamesOfRules());
        Assert.All(NamesOfRules(), rule =>
        {
            Assert.Contains($"runbook_url: {RunbookBase}#{rule.ToLowerInvariant()}\n", Rules, StringComparison.Ordinal);
            var entry = runbook.Split($"\n### {rule}\n")[1].Split("\n#")[0];
            Assert.All(["**Means:**", "**Causes:**", "**Cure:**"], part => Assert.Contains(part, entry, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void The_runbook_knows_no_rule_that_is_not_there()
    {
        var entries = Heading().Matches(Repository.Read("deploy/runbook.md")).Select(match => match.Groups["rule"].Value);

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

    // Debian's promtool was built without it.
    [GeneratedRegex(@"kubernetes_sd_configs:\n( {6}.*\n)+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Discovery();

    [GeneratedRegex(@"- alert: (?<rule>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^### (?<rule>EventHookDetector\w+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\b(eventhookdetector|dotnet)_\w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Part();
}
