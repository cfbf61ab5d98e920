using System.Net;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace EventHookDetector.Tests.Faults;

/// <summary>Channels that misbehave on the wire, each of them a webhook and a Slack.</summary>
public sealed class ChannelFaultTests : IAsyncLifetime
{
    private readonly DetectorApp _detector = new();
    private RecordingServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RecordingServer.StartAsync();
        Configure("hook", ("Type", "webhook"), ("Url", new Uri(_server.Url, "/hook").AbsoluteUri), ("Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        Configure("chat", ("Type", "slack"), ("WebhookUrl", new Uri(_server.Url, "/chat").AbsoluteUri));
    }

    [Fact]
    public async Task One_that_takes_the_request_and_never_answers_is_tried_again_and_holds_up_no_other()
    {
        var others = _detector.WithNotifier("others");
        _server.Answer = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        await DeliverAsync();

        var dispatching = _detector.DispatchNotificationsAsync();
        await UntilAsync(() => Task.FromResult(_server.Requests.Count == 2 && others.Received.Count == 1));
        Assert.False(dispatching.IsCompleted);
        await dispatching;   // the limit of an attempt is by the real clock, so turning the other while work is in flight ends nothing

        await AssertTriedAgainAsync("No answer within 3 s.");
        Assert.Single(others.Received);
    }

    [Fact]
    public async Task One_that_has_read_the_request_and_breaks_the_connection_is_tried_again()
    {
        _server.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await DeliverAsync();

        await _detector.DispatchNotificationsAsync();

        await AssertTriedAgainAsync("onnection ");
    }

    [Fact]
    public async Task One_that_answers_200_byte_by_byte_is_judged_by_its_status_and_Slack_by_what_arrives_within_two_seconds()
    {
        _server.Answer = DripAsync;
        await DeliverAsync();

        var dispatching = _detector.DispatchNotificationsAsync();
        await UntilAsync(async () => await StateAsync("hook") == "sent");
        await dispatching;

        Assert.Equal("pending", await StateAsync("chat"));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task One_that_answers_200_byte_by_byte_does_not_slow_its_channel()
    {
        _server.Answer = DripAsync;
        for (var reset = 0; reset < 40; reset++) await DeliverAsync($"ada{reset}@example.com");

        _ = _detector.DispatchNotificationsAsync();
        await UntilAsync(() => Task.FromResult(_server.Requests.Count(request => request.Path == "/hook") == 40));   // and the clock stands still
    }

    [Theory]
    [InlineData(200, "sent", "pending")]
    [InlineData(500, "pending", "pending")]
    [InlineData(404, "abandoned", "abandoned")]
    public async Task One_that_answers_without_end_counts_by_its_status_and_Slack_by_its_body_and_is_not_listened_to(int status, string hook, string chat)
    {
        var hungUp = 0;
        _server.Answer = async context =>
        {
            context.Response.StatusCode = status;
            var chunk = new byte[64 * 1024];

            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(chunk, CancellationToken.None);
            Interlocked.Increment(ref hungUp);
        };
        await DeliverAsync();

        await _detector.DispatchNotificationsAsync();

        Assert.Equal((hook, chat), (await StateAsync("hook"), await StateAsync("chat")));
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref hungUp) == 2));
    }

    [Fact]
    public async Task One_attempt_that_never_ends_delays_no_other_of_its_channel()
    {
        var others = _detector.WithNotifier("others", perSecond: 1000);
        var release = new TaskCompletionSource<NotificationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        others.Then(release.Task);
        for (var reset = 0; reset < 40; reset++) await DeliverAsync($"ada{reset}@example.com");

        var dispatching = _detector.DispatchNotificationsAsync();
        await UntilAsync(() => Task.FromResult(others.Received.Count == 39));
        Assert.False(dispatching.IsCompleted);
        release.SetResult(new NotificationResult.Sent("at last"));
        await UntilAsync(() => Task.FromResult(others.Received.Count == 40));
    }

    [Fact]
    public async Task No_more_than_sixteen_attempts_of_a_channel_are_under_way()
    {
        var others = _detector.WithNotifier("others", perSecond: 1000);
        var release = new TaskCompletionSource<NotificationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var attempt = 0; attempt < 20; attempt++) others.Then(release.Task);
        for (var reset = 0; reset < 20; reset++) await DeliverAsync($"ada{reset}@example.com");

        var dispatching = _detector.DispatchNotificationsAsync();
        await UntilAsync(() => Task.FromResult(others.Attempts == 16 && _server.Requests.Count(request => request.Path == "/hook") == 20));
        Assert.Equal(16, others.Attempts);
        release.SetResult(new NotificationResult.Sent("ok"));
        await dispatching;

        Assert.Equal(20, others.Received.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _detector.DisposeAsync();
        await _server.DisposeAsync();
    }

    private void Configure(string name, params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings) _detector.Settings[$"Notifiers:{name}:{key}"] = value;
        _detector.Settings[$"Notifiers:{name}:AllowPrivateAddresses"] = "true";
        _detector.Settings[$"Notifiers:{name}:Timeout"] = "00:00:03";
    }

    private static async Task DripAsync(HttpContext context)
    {
        for (; ; )
        {
            await context.Response.Body.WriteAsync("."u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted);
        }
    }

    private async Task DeliverAsync(string target = "ada@example.com")
    {
        using var response = await _detector.DeliverAsync(Some.FactorReset(target: target));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>Both are told once the channel is well, the webhook under the id it knows.</summary>
    private async Task AssertTriedAgainAsync(string error)
    {
        var pending = (await _detector.GetAsync("/api/notifications?state=pending"))["items"]!.AsArray();
        Assert.Equal(2, pending.Count);
        Assert.All(pending, notification => Assert.Contains(error, notification!["lastError"]!.GetValue<string>(), StringComparison.Ordinal));

        _server.Answer = context => context.Response.WriteAsync("ok");
        _detector.Clock.Advance(TimeSpan.FromSeconds(10));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(2, _server.Requests.Count(request => request.Path == "/chat"));
        var ids = _server.Requests.Where(request => request.Path == "/hook").Select(request => request.Headers["webhook-id"]).ToList();
        Assert.Equal(2, ids.Count);
        Assert.Single(ids.Distinct(StringComparer.Ordinal));
    }

    private async Task<string> StateAsync(string notifier) =>
        Assert.Single((await _detector.GetAsync($"/api/notifications?notifier={notifier}"))["items"]!.AsArray())!["state"]!.GetValue<string>();

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }
}
