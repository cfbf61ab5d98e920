using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>A clock that somebody sets: by an hour, forward or back.</summary>
public sealed class ClockTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();
    private readonly RecordingNotifier _channel;

    private readonly SetClock _clock;

    public ClockTests()
    {
        _channel = _detector.WithNotifier("secops");
        _detector.WallClock = _clock = new SetClock(_detector.Clock);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task What_was_to_be_told_is_told_at_once_and_once(int hours)
    {
        await DeliverAsync(Some.FactorReset(uuid: "before"));

        Set(hours);
        await DeliverAsync(Some.FactorReset(uuid: "after"));
        await _detector.DispatchNotificationsAsync();
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(2, _channel.Received.Count);
        Set(-hours);
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(2, _channel.Received.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task What_was_put_off_is_tried_again_and_told_once(int hours)
    {
        _channel.Then(new NotificationResult.Retry("503"));
        await DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        Set(hours);
        await _detector.DispatchNotificationsAsync();
        await _detector.DispatchNotificationsAsync();

        Assert.Single(_channel.Received);
        Assert.Equal(2, _channel.Attempts);
    }

    [Fact]
    public async Task A_channel_in_trouble_is_not_asked_without_end_because_the_clock_was_set_back()
    {
        _channel.Answer = () => new NotificationResult.Retry("503");
        await DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        Set(-1);
        foreach (var _ in Enumerable.Range(0, 10)) await _detector.DispatchNotificationsAsync();

        Assert.Equal(2, _channel.Attempts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task What_a_dead_worker_had_under_lease_is_told_within_minutes(int hours)
    {
        await DeliverAsync(Some.FactorReset());
        await _detector.WriteAsync(transaction => Lease.ClaimAsync(transaction, "secops", 1, 0, TimeSpan.FromSeconds(20)));

        Set(hours);
        foreach (var _ in Enumerable.Range(0, 8))
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Single(_channel.Received);
    }

    [Fact]
    public async Task What_a_worker_still_has_under_lease_nobody_else_sends_because_the_clock_was_set_back()
    {
        await DeliverAsync(Some.FactorReset());
        await _detector.WriteAsync(transaction => Lease.ClaimAsync(transaction, "secops", 1, 0, TimeSpan.FromSeconds(40)));

        Set(-1);
        foreach (var _ in Enumerable.Range(0, 4))
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Empty(_channel.Received);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_window_is_told_in_one_digest(int hours)
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await DeliverAsync([.. Enumerable.Range(0, 3).Select(_ => Some.FactorReset())]);

        Set(hours);
        await _detector.DispatchNotificationsAsync();
        Assert.Contains(_channel.Received, notice => notice.Type == "window.digest");
        Set(-hours);
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(["alert.raised", "window.digest"], _channel.Received.Select(notice => notice.Type).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task The_cap_is_that_of_the_window_in_which_a_reset_arrives(int hours)
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await DeliverAsync(Some.FactorReset(), Some.FactorReset());
        Set(hours);
        await DeliverAsync(Some.FactorReset(), Some.FactorReset());
        Set(-hours);
        await DeliverAsync(Some.FactorReset());

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Equal(3, (await _detector.AlertsAsync("&outcome=capped")).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task It_stays_ready(int hours)
    {
        await _detector.DispatchNotificationsAsync();
        Set(hours);

        using var ready = await _detector.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private void Set(int hours) => _clock.Ahead += TimeSpan.FromHours(hours);

    private async Task DeliverAsync(params JsonNode[] logEvents)
    {
        using var response = await _detector.DeliverAsync(logEvents);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>Tells another time, while timers and stopwatches go on as if nothing had happened.</summary>
    private sealed class SetClock(TimeProvider right) : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long TimestampFrequency => right.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => right.GetUtcNow() + Ahead;

        public override long GetTimestamp() => right.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            right.CreateTimer(callback, state, dueTime, period);
    }
}
