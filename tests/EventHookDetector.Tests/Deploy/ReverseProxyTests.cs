using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Dashboard;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

/// <summary>deploy/reverse-proxy, as nginx and Caddy themselves understand it.</summary>
[Trait("Engine", "Any")]
public sealed class ReverseProxyTests : IAsyncDisposable
{
    private static readonly (string Name, string Value) Secret = ("Authorization", DetectorApp.Secret);
    private static readonly (string Name, string Value) Key = ("X-Api-Key", DetectorApp.OperatorKey);

    // Each of these means, to somebody, a place that is not for strangers.
    private static readonly string[] OddSpellings =
    [
        "/okta/event-hook/", "//okta/event-hook", "/okta//event-hook", "/OKTA/EVENT-HOOK", "/okta/%65vent-hook", "/okta/event-hook%2f",
        "/okta/../api/alerts", "/okta/%2e%2e/api/alerts", "/okta/event-hook/../../api/alerts", "/okta/event-hook/%2e%2e/%2e%2e/api/alerts",
        "/okta/event-hook%2f..%2f..%2fapi/alerts", "/okta/event-hook/..%2f../api/alerts", "/%61pi/alerts", "//api/alerts", "/./api/alerts", "/API/alerts",
        "/swagger/../api/alerts", "/okta/event-hook/../../metrics", "/metrics",
    ];

    private static readonly string[] SpellingsOfMetrics =
        ["/metrics", "/metrics/", "//metrics", "/./metrics", "/%6detrics", "/METRICS", "/api/../metrics", "/api/%2e%2e/metrics", "/swagger/..%2fmetrics", "/okta/event-hook/../../metrics"];

    private readonly DetectorApp _detector = new();

    public static TheoryData<string> Proxies => ["nginx", "caddy"];

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Okta_gets_through_with_its_verification_and_its_deliveries(string name)
    {
        await using var proxy = await ReverseProxy.StartAsync(name, _detector, isInside: false);

        using var verified = await proxy.AskAsync(DetectorApp.HookPath, headers: [Secret, ("X-Okta-Verification-Challenge", "hello")]);
        using var delivered = await proxy.AskAsync(DetectorApp.HookPath, HttpMethod.Post, Json(Some.Delivery(Some.FactorReset(uuid: "through-the-proxy")).ToJsonString()), Secret);
        using var stranger = await proxy.AskAsync(DetectorApp.HookPath, HttpMethod.Post, Json("{}"), ("Authorization", "a-guess"));

        Assert.Equal("hello", (string?)(await verified.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!["verification"]);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (delivered.StatusCode, stranger.StatusCode));
        Assert.Equal("through-the-proxy", (string?)Assert.Single(await _detector.AlertsAsync())["uuid"]);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_body_that_is_too_long_is_refused_by_the_detector_which_keeps_a_note_of_it(string name)
    {
        await using var proxy = await ReverseProxy.StartAsync(name, _detector, isInside: false);

        using var refused = await proxy.AskAsync(DetectorApp.HookPath, HttpMethod.Post, Json(new string(' ', 17 * 1024 * 1024)), Secret);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Single(await _detector.QuarantineAsync());
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_stranger_reaches_the_hook_and_nothing_else_however_it_is_spelt(string name)
    {
        await using var proxy = await ReverseProxy.StartAsync(name, _detector, isInside: false);

        Assert.Empty(await ReachedAsync(proxy, [.. OddSpellings, .. SpellingsOfMetrics, .. PlacesOfOperators]));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Inner_networks_reach_what_is_for_operators_and_never_the_metrics(string name)
    {
        await using var proxy = await ReverseProxy.StartAsync(name, _detector);

        Assert.Equal(PlacesOfOperators, await ReachedAsync(proxy, PlacesOfOperators));
        Assert.Empty(await ReachedAsync(proxy, SpellingsOfMetrics));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task The_stream_arrives_event_by_event(string name)
    {
        await using var proxy = await ReverseProxy.StartAsync(name, _detector);

        using var response = await proxy.AskAsync("/api/overview/stream", headers: Key);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        await using var events = SseParser.Create(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken))
            .EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.Empty((await NextAsync(events))["newest"]!.AsArray());
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        Assert.Equal("ada@example.com", (string?)(await NextAsync(events))["newest"]![0]!["targetLogin"]);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task The_detector_knows_a_stranger_by_the_address_that_the_proxy_saw_and_not_by_what_the_stranger_says(string name)
    {
        _detector.Settings["Proxies:Trusted:0"] = "127.0.0.1";
        await using var proxy = await ReverseProxy.StartAsync(name, _detector);

        for (var n = 0; n < 22; n++) (await proxy.AskAsync("/api/alerts", headers: [("X-Api-Key", "a-guess"), ("X-Forwarded-For", "198.51.100.7")])).Dispose();

        Assert.Contains(_detector.Logs.Lines, line => line.Contains($"came from {ReverseProxy.Client} ", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string[] PlacesOfOperators => ["/", "/overview.js", "/swagger/index.html", "/api/alerts", "/health/ready"];

    /// <returns>Those of the paths at which somebody with an operator's key, but not the hook's secret, gets what is there.</returns>
    private static async Task<IReadOnlyList<string>> ReachedAsync(ReverseProxy proxy, IEnumerable<string> paths)
    {
        var reached = new List<string>();
        foreach (var path in paths)
        {
            using var answer = await proxy.AskAsync(path, headers: Key);
            // 401 is the hook's own, for a spelling that means the hook and nothing else.
            var isRefused = answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Unauthorized;
            if (!isRefused) reached.Add(path);
        }

        return reached;
    }

    /// <summary>Turns the clock until the next one comes: the stream may not have begun to wait yet.</summary>
    private async Task<JsonNode> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        var next = events.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            _detector.Clock.Advance(OverviewFeed.Pace / 4);
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        Assert.True(await next);
        return JsonNode.Parse(events.Current.Data)!;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
