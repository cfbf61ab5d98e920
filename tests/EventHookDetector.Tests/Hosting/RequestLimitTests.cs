using System.Net;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Tests.Hosting;

/// <summary>Operators and strangers can occupy only what is theirs.</summary>
public sealed class RequestLimitTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

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

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

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
}
