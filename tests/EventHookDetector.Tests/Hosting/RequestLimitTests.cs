using System.Net;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Tests.Hosting;

/// <summary>Operators and strangers can occupy only what is theirs.</summary>
public sealed class RequestLimitTests : IAsyncDisposable
{
    private const int MoreThanThereArePlaces = 200;

    private readonly DetectorApp _detector = new() { OnKestrel = true };
    private readonly CancellationTokenSource _enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<Task> _unfinished = [];

    [Fact]
    public async Task When_all_places_of_operators_are_taken_one_more_is_refused_and_deliveries_and_health_are_answered()
    {
        using var refused = await FillAsync("/api/exceptions");

        Assert.Contains("Wait as many seconds as Retry-After says", await ProblemAssert.IsProblemAsync(HttpStatusCode.TooManyRequests, refused), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        using var delivered = await _detector.DeliverAsync(Some.FactorReset());
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
        foreach (var path in (string[])["/health/live", "/health/ready", "/metrics", "/swagger/index.html", "/"])
        {
            using var answer = await _detector.AskAsync(HttpMethod.Get, path, key: null);
            Assert.Equal((path, HttpStatusCode.OK), (path, answer.StatusCode));
        }

        using var unknown = await _detector.AskAsync(HttpMethod.Get, "/api/alerts", key: "a-key-that-is-unknown");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
    }

    [Fact]
    public async Task A_request_that_was_refused_is_counted()
    {
        var before = await _detector.MetricsAsync();
        using var refused = await FillAsync("/api/exceptions");

        Assert.True((await _detector.MetricsAsync()).Since(before, "requests_refused_total", "kind=\"reads\"") >= 1);
    }

    [Fact]
    public async Task Long_reads_leave_the_places_of_other_reads_free()
    {
        using var refused = await FillAsync("/api/exceptions/preview");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Empty((await _detector.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_stream_takes_no_place_among_the_reads()
    {
        var streams = new List<HttpResponseMessage>();
        for (var n = 0; n < 10; n++) streams.Add(await _detector.AskAsync(HttpMethod.Get, "/api/overview/stream"));

        Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        Assert.Empty((await _detector.GetAsync("/api/alerts"))["items"]!.AsArray());
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task A_read_that_takes_too_long_is_ended_and_says_what_to_ask_instead()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Storage.Execute("ALTER TABLE alert_windows RENAME TO alert_windows_elsewhere");
        _detector.Storage.Execute(
            """
            CREATE VIEW alert_windows AS
            WITH RECURSIVE endless (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless WHERE n < 2000000000)
            SELECT known.* FROM alert_windows_elsewhere AS known CROSS JOIN endless
            """);
        EndReadsAfter(TimeSpan.FromMilliseconds(200));

        using var ended = await _detector.AskAsync(HttpMethod.Get, "/api/windows");

        Assert.Contains("Ask for less at once", await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, ended), StringComparison.Ordinal);
        Assert.NotNull(ended.Headers.RetryAfter);
        EndReadsAfter(TimeSpan.FromMinutes(1));
        Assert.Single((await _detector.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_unfinished).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
        await _detector.DisposeAsync();
    }

    /// <summary>Sends more requests than there are places, whose bodies do not end. So the first answer is a refusal, and all places are taken.</summary>
    private async Task<HttpResponseMessage> FillAsync(string path)
    {
        var answers = Enumerable.Range(0, MoreThanThereArePlaces).Select(_ => SendAsync(path, new EndlessContent(_enough.Token))).ToList();
        _unfinished.AddRange(answers);
        return await await Task.WhenAny(answers);
    }

    private async Task<HttpResponseMessage> SendAsync(string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
        return await _detector.Http.SendAsync(request, _enough.Token);
    }

    private void EndReadsAfter(TimeSpan time)
    {
        var timeouts = _detector.Services.GetRequiredService<IOptionsMonitor<RequestTimeoutOptions>>().CurrentValue;
        timeouts.DefaultPolicy = new()
        {
            Timeout = time,
            TimeoutStatusCode = timeouts.DefaultPolicy!.TimeoutStatusCode,
            WriteTimeoutResponse = timeouts.DefaultPolicy.WriteTimeoutResponse,
        };
    }

    /// <summary>JSON that begins and does not end, and never comes too slowly.</summary>
    private sealed class EndlessContent : HttpContent
    {
        private static readonly byte[] Blanks = Enumerable.Repeat((byte)' ', 200).ToArray();

        private readonly CancellationToken _end;

        public EndlessContent(CancellationToken end)
        {
            _end = end;
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("{"u8.ToArray(), _end);
            while (true)
            {
                await stream.WriteAsync(Blanks, _end);
                await stream.FlushAsync(_end);
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, _end);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
