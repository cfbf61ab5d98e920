using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using EventHookDetector.Dashboard;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Dashboard;

public sealed class OverviewStreamTests : IAsyncDisposable
{
    private const string Path = "/api/overview/stream";

    private const int Colleagues = OverviewFeed.MostWatchers / OverviewFeed.MostOfOne;

    private readonly DetectorApp _detector = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_tells_at_once_and_again_when_time_has_passed()
    {
        using var response = await WatchAsync();
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        await using var events = await ReadAsync(response);

        Assert.Empty((await NextAsync(events))["newest"]!.AsArray());
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));

        Assert.Equal("ada@example.com", (await NextAsync(events))["newest"]![0]!["targetLogin"]!.GetValue<string>());
    }

    [Fact]
    public async Task It_ends_when_the_detector_stops()
    {
        using var response = await WatchAsync();
        await using var events = await ReadAsync(response);
        await NextAsync(events);

        var stopping = _detector.StopAsync();

        Assert.False(await events.MoveNextAsync());
        await stopping;
    }

    [Fact]
    public async Task It_ends_after_ten_minutes_so_that_a_key_is_asked_for_again()
    {
        using var response = await WatchAsync();
        await using var events = await ReadAsync(response);
        await NextAsync(events);

        var next = events.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            _detector.Clock.Advance(TimeSpan.FromMinutes(10));
            await Task.Yield();
        }

        Assert.False(await next);
    }

    [Fact]
    public async Task It_ends_soon_after_its_key_was_revoked()
    {
        var (id, key) = await MakeKeyAsync("2026-12-01T00:00:00Z");
        using var response = await WatchAsync(key);
        await using var events = await ReadAsync(response);
        await NextAsync(events);
        await NextAsync(events);   // it holds for more than the first

        using (await _detector.AskAsync(HttpMethod.Delete, $"/api/keys/{id}")) await EndsAsync(events);
    }

    [Fact]
    public async Task It_ends_when_its_key_ends()
    {
        var (_, key) = await MakeKeyAsync("2026-11-24T09:21:00Z");
        using var response = await WatchAsync(key);
        await using var events = await ReadAsync(response);
        await NextAsync(events);

        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await EndsAsync(events);
    }

    [Fact]
    public async Task It_ends_when_its_token_is_no_longer_taken()
    {
        await using var issuer = await OidcIssuer.StartAsync();
        issuer.Configure(_detector);
        var now = _detector.Clock.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Authorization = new("Bearer", issuer.Token(now, ["viewer"], expires: now + TimeSpan.FromMinutes(2)));
        using var response = await _detector.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var events = await ReadAsync(response);
        await NextAsync(events);

        _detector.Clock.Advance(TimeSpan.FromMinutes(3));   // a minute more, for clocks that differ
        await EndsAsync(events);
    }

    [Fact]
    public async Task One_operator_cannot_take_all_places()
    {
        _detector.Settings["Operators:colleague:Key"] = "the-key-of-a-colleague";
        var watching = new List<HttpResponseMessage>();
        for (var n = 0; n < OverviewFeed.MostOfOne; n++) watching.Add(await WatchAsync());

        using (var refused = await _detector.AskAsync(HttpMethod.Get, Path))
            Assert.Contains("oncall watches 10 times already", await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, refused), StringComparison.Ordinal);
        watching.Add(await WatchAsync("the-key-of-a-colleague"));
        foreach (var response in watching) response.Dispose();
    }

    [Fact]
    public async Task When_all_places_are_taken_it_says_so_and_a_place_that_is_left_is_free_again()
    {
        var watching = new List<HttpResponseMessage>();
        for (var n = 1; n <= Colleagues; n++) _detector.Settings[$"Operators:colleague{n}:Key"] = $"the-key-of-colleague-{n}";
        for (var n = 0; n < OverviewFeed.MostWatchers; n++) watching.Add(await WatchAsync($"the-key-of-colleague-{(n % Colleagues) + 1}"));

        using (var refused = await _detector.AskAsync(HttpMethod.Get, Path))
            Assert.Contains("All 50 places to watch are taken. Close a page", await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, refused), StringComparison.Ordinal);
        foreach (var response in watching) response.Dispose();

        for (var isFree = false; !isFree; await Task.Yield())
        {
            using var again = await _detector.AskAsync(HttpMethod.Get, Path);
            isFree = again.StatusCode == HttpStatusCode.OK;
        }
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpResponseMessage> WatchAsync(string key = DetectorApp.OperatorKey)
    {
        var response = await _detector.AskAsync(HttpMethod.Get, Path, key);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private async Task<(string Id, string Key)> MakeKeyAsync(string endsAt)
    {
        var made = await _detector.PostAsOperatorAsync("/api/keys", new JsonObject { ["owner"] = "ada", ["role"] = "viewer", ["endsAt"] = endsAt });
        return ((string)made["id"]!, (string)made["key"]!);
    }

    /// <summary>It ends within seconds of the detector's clock, and not by its ten minutes.</summary>
    private async Task EndsAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        var until = _detector.Clock.GetUtcNow() + TimeSpan.FromSeconds(20);
        for (var next = events.MoveNextAsync().AsTask(); ; next = events.MoveNextAsync().AsTask())
        {
            while (!next.IsCompleted)
            {
                Assert.True(_detector.Clock.GetUtcNow() < until, "It goes on.");
                _detector.Clock.Advance(OverviewFeed.Pace / 4);
                await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation));
            }

            if (!await next) return;
        }
    }

    private static async Task<IAsyncEnumerator<SseItem<string>>> ReadAsync(HttpResponseMessage response) =>
        SseParser.Create(await response.Content.ReadAsStreamAsync(Cancellation)).EnumerateAsync(Cancellation).GetAsyncEnumerator(Cancellation);

    /// <summary>Turns the clock until the next one comes: the stream may not have begun to wait yet.</summary>
    private async Task<JsonNode> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        var next = events.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            _detector.Clock.Advance(OverviewFeed.Pace / 4);
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation));
        }

        Assert.True(await next);
        Assert.Equal("overview", events.Current.EventType);
        return JsonNode.Parse(events.Current.Data)!;
    }
}
