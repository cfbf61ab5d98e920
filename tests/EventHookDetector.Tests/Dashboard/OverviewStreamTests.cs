using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using EventHookDetector.Dashboard;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Dashboard;

public sealed class OverviewStreamTests : IAsyncDisposable
{
    private const string Path = "/api/overview/stream";

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
    public async Task When_all_places_are_taken_it_says_so_and_a_place_that_is_left_is_free_again()
    {
        var watching = new List<HttpResponseMessage>();
        for (var n = 0; n < OverviewFeed.MostWatchers; n++) watching.Add(await WatchAsync());

        using (var refused = await _detector.AskAsync(HttpMethod.Get, Path))
            Assert.Contains("Close a page", await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, refused), StringComparison.Ordinal);
        foreach (var response in watching) response.Dispose();

        for (var isFree = false; !isFree; await Task.Yield())
        {
            using var again = await _detector.AskAsync(HttpMethod.Get, Path);
            isFree = again.StatusCode == HttpStatusCode.OK;
        }
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpResponseMessage> WatchAsync()
    {
        var response = await _detector.AskAsync(HttpMethod.Get, Path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
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
