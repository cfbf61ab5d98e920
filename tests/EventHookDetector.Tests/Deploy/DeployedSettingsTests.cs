using System.Net;
using EventHookDetector.Tests.Hosting;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

[Trait("Engine", "Any")]
public sealed class DeployedSettingsTests
{
    public static TheoryData<string> Deployments =>
        [DeployedSettings.OneInstance, DeployedSettings.FirstReplica, DeployedSettings.SecondReplica, DeployedSettings.Kubernetes];

    [Theory]
    [MemberData(nameof(Deployments))]
    public void Every_key_is_a_setting(string where)
    {
        var known = SettingsTableTests.Settings.Select(row => row.Data.Item1).ToHashSet(StringComparer.Ordinal);
        var deployed = DeployedSettings.Of(where);

        Assert.NotEmpty(deployed.Secrets);
        Assert.All(deployed.Open.Keys.Concat(deployed.Secrets), key => Assert.Contains(DeployedSettings.AsInTheTable(key), known));
    }

    [Theory]
    [MemberData(nameof(Deployments))]
    public void No_secret_stands_in_the_open(string where)
    {
        var secrets = Repository.Read("deploy/README.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains("| **yes**", StringComparison.Ordinal))
            .Select(line => DeployedSettings.AsInTheTable(line.Split('`')[1]))
            .Append("Storage:ConnectionString")
            .ToHashSet(StringComparer.Ordinal);

        Assert.Contains("Operators:{name}:Key", secrets);
        Assert.All(DeployedSettings.Of(where).Open.Keys, key => Assert.DoesNotContain(DeployedSettings.AsInTheTable(key), secrets));
    }

    [Theory]
    [MemberData(nameof(Deployments))]
    public void It_is_not_killed_before_it_has_drained_and_finished(string where)
    {
        var deployed = DeployedSettings.Of(where);

        Assert.True(deployed.GracePeriod > deployed.Drain + TimeSpan.FromSeconds(30), $"{deployed.GracePeriod} is too short");
    }

    [Theory]
    [InlineData(DeployedSettings.FirstReplica)]
    [InlineData(DeployedSettings.SecondReplica)]
    [InlineData(DeployedSettings.Kubernetes)]
    public void Replicas_share_a_database(string where)
    {
        var deployed = DeployedSettings.Of(where);

        Assert.Equal("PostgreSql", deployed.Open["Storage:Provider"]);
        Assert.Contains("Storage:ConnectionString", deployed.Secrets);
    }

    [Theory]
    [InlineData(DeployedSettings.OneInstance)]
    [InlineData(DeployedSettings.FirstReplica)]
    [InlineData(DeployedSettings.Kubernetes)]
    public async Task The_detector_starts_with_them(string where)
    {
        await using var detector = new DetectorProcess();
        var deployed = DeployedSettings.Of(where);
        // Only the database is the test's own.
        foreach (var (key, value) in deployed.Open.Where(setting => !setting.Key.StartsWith("Storage:", StringComparison.Ordinal))) detector.Settings[key] = value;
        var database = detector.Settings["Storage:ConnectionString"];
        if (deployed.Open.ContainsKey("Listen:Metrics")) detector.Settings["Listen:Metrics"] = $"http://127.0.0.1:{FreePort.Find()}";   // a Prometheus may be here already
        detector.Settings["CREDENTIALS_DIRECTORY"] = LayOutAsKubernetesDoes(detector, database, deployed.Secrets);
        // The image names a file in its environment; a secret wins over it.
        if (deployed.Secrets.Contains("Storage:ConnectionString")) detector.Settings["Storage:ConnectionString"] = "Host=nowhere;Database=none;Username=none";

        await detector.ListenAsync();

        using var ready = await detector.GetAsync("/health/ready");
        using var delivered = await detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (ready.StatusCode, delivered.StatusCode));
    }

    [Theory]
    [InlineData(DeployedSettings.FirstReplica)]
    [InlineData(DeployedSettings.SecondReplica)]
    [InlineData(DeployedSettings.Kubernetes)]
    public void What_stands_behind_a_proxy_names_it(string where) => Assert.Contains("Proxies:Trusted:0", DeployedSettings.Of(where).Open);

    /// <summary>Each file is a link by way of a link to a hidden folder, so that all can be replaced at one stroke.</summary>
    private static string LayOutAsKubernetesDoes(DetectorProcess detector, string database, IReadOnlyList<string> secrets)
    {
        var folder = detector.Folder.CreateSubdirectory("secrets");
        var hidden = folder.CreateSubdirectory("..2026_01_01_00_00_00");
        File.CreateSymbolicLink(Path.Combine(folder.FullName, "..data"), hidden.Name);
        foreach (var key in secrets)
        {
            var name = key.Replace(":", "__", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(hidden.FullName, name), $"{Value(database, key)}\n");
            File.CreateSymbolicLink(Path.Combine(folder.FullName, name), $"..data/{name}");
        }

        return folder.FullName;
    }

    private static string Value(string database, string key) => key switch
    {
        "EventHook:Secrets:0" => DetectorApp.Secret,
        "Storage:ConnectionString" => database,
        _ when key.EndsWith(":WebhookUrl", StringComparison.Ordinal) => "https://hooks.slack.com/services/T000/B000/none",
        _ => "some-long-random-text",
    };
}
