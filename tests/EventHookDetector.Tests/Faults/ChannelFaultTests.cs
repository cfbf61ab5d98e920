using System.Net;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace EventHookDetector.Tests.Faults;

/// <summary>Channels that misbehave on the wire, each of them a webhook and a Slack.</summary>
public sealed class ChannelFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(10);

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
        await UntilAsync(() => _server.Requests.Count == 2 && others.Received.Count == 1);
        Assert.False(dispatching.IsCompleted);
        _detector.Clock.Advance(LongestAttempt);
        await dispatching;

        await AssertTriedAgainAsync("No answer within 10 s.");
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
    public async Task One_that_answers_byte_by_byte_counts_by_its_status_and_takes_no_more_than_its_time()
    {
        var bytes = 0;
        _server.Answer = async context =>
        {
            for (; ; Interlocked.Increment(ref bytes))
            {
                await context.Response.Body.WriteAsync("."u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted);
            }
        };
        await DeliverAsync();

        var dispatching = _detector.DispatchNotificationsAsync();
        await UntilAsync(() => _server.Requests.Count == 2 && Volatile.Read(ref bytes) > 100);   // the status has long been heard
        Assert.False(dispatching.IsCompleted);
        _detector.Clock.Advance(LongestAttempt);
        await dispatching;

        Assert.Equal(["sent", "sent"], await StatesAsync());
        Assert.Equal(2, _server.Requests.Count);
    }

    [Theory]
    [InlineData(200, "sent")]
    [InlineData(500, "pending")]
    [InlineData(404, "abandoned")]
    public async Task One_that_answers_without_end_counts_by_its_status_and_is_not_listened_to(int status, string state)
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

        Assert.Equal([state, state], await StatesAsync());
        await UntilAsync(() => Volatile.Read(ref hungUp) == 2);
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
    }

    private async Task DeliverAsync()
    {
        using var response = await _detector.DeliverAsync(Some.FactorReset());
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

    private async Task<IEnumerable<string>> StatesAsync() =>
        (await _detector.GetAsync("/api/notifications"))["items"]!.AsArray()
            .Where(notification => notification!["notifier"]!.GetValue<string>() is "hook" or "chat")
            .Select(notification => notification!["state"]!.GetValue<string>());

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }
}
