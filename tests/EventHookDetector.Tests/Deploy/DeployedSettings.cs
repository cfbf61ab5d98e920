using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventHookDetector.Tests.Deploy;

/// <summary>What a manifest sets: in the open, and as files. The keys are written with colons.</summary>
internal sealed partial record DeployedSettings(IReadOnlyDictionary<string, string> Open, IReadOnlyList<string> Secrets, TimeSpan GracePeriod)
{
    public const string OneInstance = "compose.yaml: detector";
    public const string FirstReplica = "replicas/compose.yaml: detector-1";
    public const string SecondReplica = "replicas/compose.yaml: detector-2";
    public const string Kubernetes = "kubernetes";

    public TimeSpan Drain => Open.TryGetValue("Shutdown:Drain", out var drain)
        ? TimeSpan.Parse(drain, CultureInfo.InvariantCulture)
        : new EventHookDetector.Hosting.ShutdownOptions().Drain;

    public static DeployedSettings Of(string where) =>
        where == Kubernetes ? OfKubernetes() : OfCompose(where.Split(": ")[0], where.Split(": ")[1]);

    private static DeployedSettings OfCompose(string file, string service)
    {
        var detector = Manifest.Read(file)["services"]![service]!;
        return new DeployedSettings(
            detector["environment"]!.AsObject().ToDictionary(pair => Key(pair.Key), pair => pair.Value.Text()),
            [.. detector["secrets"]!.AsArray().Select(secret => Key(secret!["target"].Text()))],
            Seconds(detector["stop_grace_period"].Text().TrimEnd('s')));
    }

    private static DeployedSettings OfKubernetes()
    {
        var kustomization = Manifest.Read("kubernetes/kustomization.yaml");
        return new DeployedSettings(
            Pairs(Assert.Single(kustomization["configMapGenerator"]!.AsArray())!["literals"]!).ToDictionary(pair => Key(pair[0]), pair => pair[1]),
            [.. Pairs(Assert.Single(kustomization["secretGenerator"]!.AsArray())!["files"]!).Select(pair => Key(pair[0]))],
            Seconds(Manifest.Read("kubernetes/deployment.yaml").All("terminationGracePeriodSeconds").Single().Text()));
    }

    /// <summary>As the key stands in the table of the README: with {name} for a name, and without the number of a list's item.</summary>
    public static string AsInTheTable(string key) => ListItem().Replace(Entry().Replace(key, "${section}:{name}:"), "");

    public static IEnumerable<string[]> Pairs(JsonNode list) => list.AsArray().Select(pair => pair.Text().Split('=', 2));

    private static string Key(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    private static TimeSpan Seconds(string number) => TimeSpan.FromSeconds(int.Parse(number, CultureInfo.InvariantCulture));

    [GeneratedRegex("^(?<section>Notifiers|Operators):[^:]+:", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Entry();

    [GeneratedRegex(":[0-9]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListItem();
}
