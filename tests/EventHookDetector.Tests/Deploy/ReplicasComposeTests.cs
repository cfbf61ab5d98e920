using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

[Trait("Engine", "Any")]
public sealed partial class ReplicasComposeTests
{
    private static readonly JsonNode Compose = Manifest.Read("replicas/compose.yaml");
    private static readonly JsonObject Services = Compose["services"]!.AsObject();
    private static readonly string Caddyfile = Repository.Read("deploy/replicas/Caddyfile");

    private static string[] Replicas => [.. Services.Where(service => service.Value!["image"].Text() == "eventhookdetector").Select(service => service.Key)];

    [Fact]
    public void There_are_two_replicas_and_they_are_alike()
    {
        Assert.Equal(2, Replicas.Length);
        Assert.True(JsonNode.DeepEquals(Services[Replicas[0]], Services[Replicas[1]]));
    }

    [Fact]
    public void Nobody_comes_in_but_by_the_load_balancer_and_operators_only_from_this_machine()
    {
        var published = Services.Where(service => service.Value!["ports"] is not null).ToArray();

        Assert.Equal("caddy", Assert.Single(published).Key);
        Assert.Equal(["80:80", "443:443", "127.0.0.1:8080:8080"], published[0].Value!["ports"]!.AsArray().Select(port => port.Text()));
    }

    [Fact]
    public void The_load_balancer_knows_every_replica_by_its_name_and_port()
    {
        var port = ImagePort().Match(Repository.Read("deploy/Dockerfile")).Groups["port"].Value;
        var upstreams = Caddyfile.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("reverse_proxy ", StringComparison.Ordinal)).ToArray();

        Assert.Equal(2, upstreams.Length);
        Assert.All(upstreams, upstream => Assert.Equal(Replicas.Select(name => $"{name}:{port}"), upstream.Split(' ')[1..^1]));
    }

    [Fact]
    public void The_world_reaches_the_hook_and_nothing_else()
    {
        Assert.Equal([$"path {DetectorApp.HookPath}"], Lines(PublicSite, "path "));
        Assert.Equal([$"rewrite * {DetectorApp.HookPath}?{{query}}"], Lines(PublicSite, "rewrite "));
        Assert.Equal(["handle @hook {", "handle {"], Lines(PublicSite, "handle "));
        Assert.EndsWith("handle {\n\t\trespond 404\n\t}\n}\n", PublicSite.TrimEnd() + "\n", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliveries_go_to_replicas_that_are_ready_and_operators_to_those_that_live()
    {
        await using var detector = new DetectorApp();
        var routes = Routes.Of(detector).Select(route => route.Pattern).ToArray();

        Assert.Equal(["health_uri /health/ready"], Lines(PublicSite, "health_uri "));
        Assert.Equal(["health_uri /health/live"], Lines(OperatorsSite, "health_uri "));
        Assert.Contains("/health/ready", routes);
        Assert.Contains("/health/live", routes);
    }

    [Fact]
    public void The_load_balancer_looks_away_before_the_drain_is_over()
    {
        var notices = Lines(PublicSite, "health_interval ").Concat(Lines(PublicSite, "health_timeout "))
            .Sum(line => double.Parse(line.Split(' ')[1].TrimEnd('s'), CultureInfo.InvariantCulture));

        Assert.True(TimeSpan.FromSeconds(notices) < DeployedSettings.Of(DeployedSettings.FirstReplica).Drain, $"{notices} s are too long");
    }

    [Fact]
    public void Every_secret_is_a_file_that_the_README_shows_how_to_make()
    {
        var files = Compose["secrets"]!.AsObject().ToDictionary(secret => secret.Key, secret => secret.Value!["file"].Text());
        var used = Services.SelectMany(service => service.Value!["secrets"]?.AsArray() ?? []).Select(secret => secret is JsonObject ? secret["source"].Text() : secret.Text());

        Assert.Equal(files.Keys.Order(), used.Distinct().Order());
        Assert.All(files, file => Assert.Equal($"./secrets/{file.Key}", file.Value));
        Assert.All(files.Keys, name => Assert.Contains($"> secrets/{name}", Repository.Read("deploy/README.md"), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_container_is_read_only_and_without_rights()
    {
        Assert.All(Services, service =>
        {
            Assert.Equal("true", service.Value!["read_only"].Text());
            Assert.Equal(["ALL"], service.Value["cap_drop"]!.AsArray().Select(capability => capability.Text()));
            Assert.Contains("no-new-privileges:true", service.Value["security_opt"]!.AsArray().Select(option => option.Text()));
        });
        Assert.Equal(["NET_BIND_SERVICE"], Compose.All("cap_add").Single().AsArray().Select(capability => capability.Text()));
    }

    [Fact]
    public void The_database_is_reached_by_the_replicas_alone()
    {
        var back = Services.Where(service => service.Value!["networks"]!.AsArray().Any(network => network.Text() == "back")).Select(service => service.Key);

        Assert.Equal([.. Replicas, "postgres"], back);
        Assert.Equal("true", Compose["networks"]!["back"]!["internal"].Text());
    }

    private static string PublicSite => Caddyfile[..Caddyfile.IndexOf("# Compose publishes", StringComparison.Ordinal)];

    private static string OperatorsSite => Caddyfile[PublicSite.Length..];

    private static string[] Lines(string site, string start) =>
        [.. site.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(start, StringComparison.Ordinal))];

    [GeneratedRegex("^EXPOSE (?<port>[0-9]+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ImagePort();
}
