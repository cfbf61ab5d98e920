using System.Net;
using System.Text;
using EventHookDetector.EventHook;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.EventHook;

public sealed class LargeDeliveryTests : IAsyncDisposable
{
    private const int Resets = 300;

    private static readonly string Body =
        $$$"""{"data":{"events":[{{{string.Join(',', Enumerable.Range(0, Resets).Select(i => $$"""{"uuid":"{{i}}","eventType":"user.mfa.factor.reset_all"}"""))}}}]}}""";

    private readonly TestStorage _storage = TestStorage.Create();
    private readonly DetectorApp _detector;

    public LargeDeliveryTests()
    {
        _detector = new(_storage);
        _detector.WallClock = new ImpatientClock(_detector.Clock);
    }

    [Fact]
    public async Task A_delivery_that_takes_too_long_is_answered_503_and_its_retry_204_once_all_of_it_is_on_disk()
    {
        using var response = await _detector.PostAsync(Body);
        await response.AssertProblemAsync(503, "inspected in the background");
        Assert.NotNull(response.Headers.RetryAfter);

        await RetryUntilFinishedAsync(_detector);

        Assert.Equal(HttpStatusCode.NoContent, await RetryAsync(_detector));
        var window = Assert.Single((await _detector.GetAsync("/api/windows"))["items"]!.AsArray())!;
        Assert.Equal((100, 200), ((int)window["alerted"]!, (int)window["capped"]!));
        var item = Assert.Single(await _detector.QuarantineAsync());
        Assert.Contains("Capped: 200", (string?)item["replayResult"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rest_of_a_delivery_is_found_again_after_a_restart_and_keeps_its_time_of_receipt()
    {
        await _detector.Services.GetRequiredService<Quarantine>().KeepAsync(QuarantineKind.Body, "It was not finished.", "example.okta.com", Encoding.UTF8.GetBytes(Body));
        await _detector.StopAsync();
        _storage.Execute("UPDATE quarantine SET progress = 'unfinished'");

        await using var next = new DetectorApp(_storage);
        next.Clock.Advance(TimeSpan.FromHours(1));
        await RetryUntilFinishedAsync(next);

        Assert.All(await next.AlertsAsync(), alert => Assert.Equal("2026-11-24T09:20:00Z", (string?)alert["receivedAt"]));
        var window = Assert.Single((await next.GetAsync("/api/windows"))["items"]!.AsArray())!;
        Assert.Equal((100, 200), ((int)window["alerted"]!, (int)window["capped"]!));
    }

    [Fact]
    public async Task Deliveries_that_are_not_finished_are_never_pushed_out_of_the_quarantine()
    {
        _detector.Settings["Quarantine:MaxItems"] = "1";
        var quarantine = _detector.Services.GetRequiredService<Quarantine>();
        var id = await quarantine.KeepAsync(QuarantineKind.Body, "It was not finished.", null, "{}"u8.ToArray());
        _storage.Execute("UPDATE quarantine SET progress = 'unfinished'");

        for (var i = 0; i < 3; i++) await quarantine.KeepAsync(QuarantineKind.Body, "Odd.", null, "{}"u8.ToArray());

        Assert.Contains(id, (await _detector.QuarantineAsync()).Select(item => (string?)item["id"]));
    }

    [Fact]
    public async Task A_replay_of_many_log_events_has_a_short_answer()
    {
        await using var detector = new DetectorApp();
        var id = await detector.Services.GetRequiredService<Quarantine>().KeepAsync(QuarantineKind.Body, "Odd.", null, Encoding.UTF8.GetBytes(Body));

        var replayed = await detector.PostAsOperatorAsync($"/api/quarantine/{id}/replay");

        Assert.Equal((200, 100, false), (replayed["logEvents"]!.AsArray().Count, (int)replayed["notListed"]!, (bool)replayed["continues"]!));
    }

    [Fact]
    public async Task Unreadable_log_events_of_a_delivery_are_kept_together_and_push_out_the_oldest()
    {
        await using var detector = new DetectorApp();
        detector.Settings["Quarantine:MaxItems"] = "100";
        await DeliverTextsAsync(detector, 90);
        await DeliverTextsAsync(detector, 90);

        var list = await detector.GetAsync("/api/quarantine?limit=200");
        Assert.Equal((100, 80), (list["items"]!.AsArray().Count, (int)list["forgotten"]!));
        Assert.Equal(100, detector.Storage.Read<long>("SELECT items FROM quarantine_forgotten"));
    }

    public async ValueTask DisposeAsync()
    {
        await _detector.DisposeAsync();
        _storage.Dispose();
    }

    private static async Task RetryUntilFinishedAsync(DetectorApp detector)
    {
        for (var i = 0; i < 100_000 && await RetryAsync(detector) == HttpStatusCode.ServiceUnavailable; i++) await Task.Yield();
    }

    private static async Task<HttpStatusCode> RetryAsync(DetectorApp detector)
    {
        using var response = await detector.PostAsync(Body);
        return response.StatusCode;
    }

    private static async Task DeliverTextsAsync(DetectorApp detector, int count)
    {
        using var response = await detector.PostAsync($$$"""{"data":{"events":[{{{string.Join(',', Enumerable.Repeat("\"odd\"", count))}}}]}}""");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>The time for large deliveries is over as soon as it begins.</summary>
    private sealed class ImpatientClock(TimeProvider clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime == LargeDeliveries.Longest ? TimeSpan.Zero : dueTime, period);
    }
}
