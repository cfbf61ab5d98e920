using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

[Trait("Engine", "Any")]
public sealed class KubernetesTests
{
    private static readonly JsonNode Kustomization = Read("kustomization");
    private static readonly JsonNode Deployment = Read("deployment");
    private static readonly JsonNode Pod = Deployment["spec"]!["template"]!["spec"]!;
    private static readonly JsonNode Container = Assert.Single(Pod["containers"]!.AsArray())!;

    public static TheoryData<string> YamlFiles => [.. Manifest.Files()];

    [Theory]
    [MemberData(nameof(YamlFiles))]
    public void Every_file_is_YAML(string path) => Assert.NotEmpty(Manifest.Read(path).AsObject());

    [Fact]
    public void The_kustomization_lists_exactly_the_files_beside_it()
    {
        var listed = Kustomization["resources"]!.AsArray().Select(file => $"kubernetes/{file.Text()}").Append("kubernetes/kustomization.yaml");

        Assert.Equal(Manifest.Files("kubernetes"), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_selects_the_pods_of_the_deployment()
    {
        var labels = Deployment["spec"]!["template"]!["metadata"]!["labels"]!;
        JsonNode[] selectors =
        [
            .. Deployment.All("matchLabels"),
            Read("service")["spec"]!["selector"]!,
            Read("poddisruptionbudget")["spec"]!["selector"]!["matchLabels"]!,
            Read("networkpolicy")["spec"]!["podSelector"]!["matchLabels"]!,
        ];

        Assert.Equal(6, selectors.Length);
        Assert.All(selectors, selector => Assert.True(JsonNode.DeepEquals(labels, selector), $"{selector} selects other pods"));
        Assert.Equal(Name(Deployment), Read("hpa")["spec"]!["scaleTargetRef"]!["name"].Text());
        Assert.Equal("Deployment", Read("hpa")["spec"]!["scaleTargetRef"]!["kind"].Text());
    }

    [Fact]
    public void Whoever_names_a_port_means_the_one_of_the_image()
    {
        var port = Port("http");
        var service = Assert.Single(Read("service")["spec"]!["ports"]!.AsArray())!;
        var backend = Read("ingress").All("service").Single();

        Assert.Contains($"\nEXPOSE {port["containerPort"].Text()}\n", Repository.Read("deploy/Dockerfile"), StringComparison.Ordinal);
        Assert.All(Container.All("httpGet"), probe => Assert.Equal(port["name"].Text(), probe["port"].Text()));
        Assert.Equal(port["name"].Text(), service["targetPort"].Text());
        Assert.Equal((Name(Read("service")), service["name"].Text()), (backend["name"].Text(), backend["port"]!["name"].Text()));
        Assert.Equal(2, Container["ports"]!.AsArray().Count);
        Assert.Equal($"http://*:{Port("metrics")["containerPort"].Text()}", DeployedSettings.Of(DeployedSettings.Kubernetes).Open["Listen:Metrics"]);
    }

    [Fact]
    public async Task Probes_ask_routes_that_there_are_and_no_restart_depends_on_the_database()
    {
        await using var detector = new DetectorApp();
        var routes = Routes.Of(detector).Select(route => route.Pattern).ToArray();
        var (startup, liveness, readiness) = (PathOf("startupProbe"), PathOf("livenessProbe"), PathOf("readinessProbe"));

        Assert.All([startup, liveness, readiness], path => Assert.Contains(path, routes));
        Assert.Equal(("/health/live", "/health/live", "/health/ready"), (startup, liveness, readiness));

        static string PathOf(string probe) => Container[probe]!["httpGet"]!["path"].Text();
    }

    [Fact]
    public void The_ingress_publishes_the_hook_and_nothing_else()
    {
        var ingress = Read("ingress");
        var path = Assert.Single(ingress.All("paths").Single().AsArray())!;

        Assert.Equal((DetectorApp.HookPath, "Exact"), (path["path"].Text(), path["pathType"].Text()));
        Assert.Empty(ingress.All("defaultBackend"));
        Assert.Equal("ClusterIP", Read("service")["spec"]!["type"].Text());
        Assert.Equal(ingress.All("host").Single().Text(), ingress.All("hosts").Single()[0].Text());
    }

    [Fact]
    public void The_pod_has_no_rights()
    {
        var pod = Pod["securityContext"]!;
        var container = Container["securityContext"]!;

        Assert.Equal("true", pod["runAsNonRoot"].Text());
        Assert.Equal("RuntimeDefault", pod["seccompProfile"]!["type"].Text());
        Assert.Contains($"(app, {pod["runAsUser"].Text()})", Repository.Read("deploy/Dockerfile"), StringComparison.Ordinal);
        Assert.Equal("false", container["allowPrivilegeEscalation"].Text());
        Assert.Equal("false", container["privileged"].Text());
        Assert.Equal("true", container["readOnlyRootFilesystem"].Text());
        Assert.Equal(["ALL"], container["capabilities"]!["drop"]!.AsArray().Select(capability => capability.Text()));
        Assert.Null(container["capabilities"]!["add"]);
        Assert.Equal("false", Pod["automountServiceAccountToken"].Text());
        Assert.All(["hostNetwork", "hostPID", "hostIPC", "hostPath", "hostPort"], key => Assert.Empty(Deployment.All(key)));
        Assert.Equal("restricted", Read("namespace")["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"].Text());
    }

    [Fact]
    public void Secrets_are_files_where_the_detector_looks_for_them_and_only_it_may_read_them()
    {
        var volume = Assert.Single(Pod["volumes"]!.AsArray(), volume => volume!["secret"] is not null)!;
        var mount = Assert.Single(Container["volumeMounts"]!.AsArray(), mount => mount!["name"].Text() == volume["name"].Text())!;

        Assert.Equal("/run/secrets", mount["mountPath"].Text());
        Assert.Contains("\"/run/secrets\"", Repository.Source("Hosting").Single(file => file.Path.EndsWith("HostingRegistration.cs", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        Assert.Equal(("0440", Pod["securityContext"]!["runAsGroup"].Text()), (volume["secret"]!["defaultMode"].Text(), Pod["securityContext"]!["fsGroup"].Text()));
        Assert.Equal(Kustomization["secretGenerator"]![0]!["name"].Text(), volume["secret"]!["secretName"].Text());
        Assert.Equal(Kustomization["configMapGenerator"]![0]!["name"].Text(), Container.All("configMapRef").Single()["name"].Text());
        Assert.Equal(Name(Read("serviceaccount")), Pod["serviceAccountName"].Text());
        Assert.Equal(Kustomization["images"]![0]!["name"].Text(), Container["image"].Text());
        Assert.Equal(Name(Read("namespace")), Kustomization["namespace"].Text());
    }

    [Fact]
    public void Every_secret_is_a_file_that_the_README_shows_how_to_make() => Assert.All(
        DeployedSettings.Pairs(Kustomization["secretGenerator"]![0]!["files"]!),
        pair => Assert.Contains($"> {pair[1]}\n", WithoutComments(Repository.Read("deploy/README.md")), StringComparison.Ordinal));

    [Fact]
    public void Two_at_least_are_always_there()
    {
        var rolling = Deployment["spec"]!["strategy"]!["rollingUpdate"]!;

        Assert.Equal(("0", "1"), (rolling["maxUnavailable"].Text(), rolling["maxSurge"].Text()));
        Assert.Equal("2", Read("hpa")["spec"]!["minReplicas"].Text());
        Assert.Null(Deployment["spec"]!["replicas"]);   // it would undo the decision of the autoscaler
        Assert.Equal("1", Read("poddisruptionbudget")["spec"]!["maxUnavailable"].Text());
        Assert.NotNull(Container["resources"]!["requests"]!["cpu"]);   // what the autoscaler's percentage is of
    }

    [Fact]
    public void Only_the_ingress_controller_and_Prometheus_come_near_each_to_its_own_port_and_nothing_goes_out_by_other_ports()
    {
        var policy = Read("networkpolicy")["spec"]!;
        var comers = policy["ingress"]!.AsArray().Select(rule => (
            Assert.Single(rule!["from"]!.AsArray())!["namespaceSelector"]!["matchLabels"]!["kubernetes.io/metadata.name"].Text(),
            Assert.Single(rule["ports"]!.AsArray())!["port"].Text()));

        Assert.Equal([("ingress-nginx", Port("http")["name"].Text()), ("monitoring", Port("metrics")["name"].Text())], comers);
        Assert.Equal(["Ingress", "Egress"], policy["policyTypes"]!.AsArray().Select(type => type.Text()));
        Assert.All(policy["egress"]!.AsArray(), rule => Assert.NotEmpty(rule!["to"]!.AsArray()));
        Assert.Equal(["443", "53", "53", "5432", "587"], policy["egress"]!.All("port").Select(port => port.Text()).Order(StringComparer.Ordinal));
    }

    private static JsonNode Port(string name) => Assert.Single(Container["ports"]!.AsArray(), port => port!["name"].Text() == name)!;

    private static JsonNode Read(string name) => Manifest.Read($"kubernetes/{name}.yaml");

    private static string Name(JsonNode resource) => resource["metadata"]!["name"].Text();

    private static string WithoutComments(string text) => string.Join('\n', text.Split('\n').Select(line => line.Split("  #")[0].TrimEnd()));
}
