using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace EventHookDetector.Tests.Faults;

/// <summary>
/// The real program under load, with something breaking beneath it. Of every fault the same is demanded: what was answered 204 is
/// kept and told, all else is refused in time, and it is ready again without a restart.
/// </summary>
public abstract class FaultTests : IAsyncLifetime
{
    // What one detector may have on the wire to a channel.
    private const int MostOnTheWire = 16;

    // Only for what never comes; nothing is measured by it.
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly SemaphoreSlim _taken = new(0);

    protected CancellationToken Patience => _patience.Token;

    private protected RecordingServer Channel { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(2));
        Channel = await RecordingServer.StartAsync();
        Channel.Answer = async context =>
        {
            await context.Response.WriteAsync("ok");
            _taken.Release();
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        _taken.Dispose();
        _patience.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected DetectorProcess NewDetector(IEnumerable<KeyValuePair<string, string>> settings)
    {
        var detector = new DetectorProcess().WithSecretAndKey();
        detector.Settings["Detection:MaxAlerts"] = "1000000";
        detector.Settings["Shutdown:Drain"] = "00:00:00";
        detector.Settings["Storage:CommitTimeout"] = "00:00:01";
        detector.Settings["Notifiers:hook:Type"] = "webhook";
        detector.Settings["Notifiers:hook:Url"] = $"{Channel.Url}alerts";
        detector.Settings["Notifiers:hook:Secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        detector.Settings["Notifiers:hook:AllowPrivateAddresses"] = "true";
        detector.Settings["Notifiers:hook:PerSecond"] = "1000";
        detector.Settings["Notifiers:hook:Timeout"] = "00:00:01";   // a crash leaves leases behind that are ten seconds longer
        foreach (var (key, value) in settings) detector.Settings[key] = value;
        return detector;
    }

    private protected Load LoadOn(DetectorProcess detector, int padding = 0) => new(delivery => detector.DeliverAsync(delivery), Patience, padding);

    /// <summary>Returns once it says so.</summary>
    private protected async Task UntilReadinessIsAsync(DetectorProcess detector, HttpStatusCode expected)
    {
        while (true)
        {
            using (var response = await detector.GetAsync("/health/ready"))
            {
                if (response.StatusCode == expected) return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Patience);
        }
    }

    /// <summary>
    /// Breaks something under load until deliveries are refused and it is not ready, mends it, and goes on until deliveries are taken
    /// again. Then nothing may be missing.
    /// </summary>
    private protected async Task AssertOutlivesAsync(DetectorProcess detector, Action breakIt, Action mendIt, int padding = 0)
    {
        await detector.ListenAsync();
        await using var load = LoadOn(detector, padding);
        await load.UntilAcceptedAsync();

        breakIt();
        try
        {
            await load.UntilRefusedAsync();
            await UntilReadinessIsAsync(detector, HttpStatusCode.ServiceUnavailable);
        }
        finally
        {
            mendIt();
        }

        await UntilReadinessIsAsync(detector, HttpStatusCode.OK);
        await load.UntilAcceptedAsync();
        await load.StopAsync();
        Assert.Empty(load.InDoubt);
        await AssertNothingIsLostAsync(detector, load);
    }

    /// <summary>Every delivery that was taken, now or at the second try, is one alert and was told.</summary>
    private protected async Task AssertNothingIsLostAsync(DetectorProcess detector, Load load)
    {
        Assert.Empty(load.Accepted.Except(await detector.AlertsAsync(), StringComparer.Ordinal));
        await load.TryOnceMoreAsync();

        var all = load.All.Order(StringComparer.Ordinal).ToList();
        while (Channel.Requests.Count < all.Count || Told().Count < all.Count) await _taken.WaitAsync(Patience);

        Assert.Equal(all, (await detector.AlertsAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(all, Told().Select(told => told.Key).Order(StringComparer.Ordinal));
        AssertToldOnce();
    }

    // Sent, but not written down in time: a few may be heard twice then, under the id by which the receiver knows them again.
    private void AssertToldOnce()
    {
        var twice = Told().Where(told => told.Count() > 1).ToList();
        Assert.InRange(twice.Count, 0, MostOnTheWire);
        Assert.All(twice, told => Assert.Single(told.Distinct(StringComparer.Ordinal)));
    }

    /// <summary>By the log event's uuid, the webhook-ids under which it was told.</summary>
    private protected ILookup<string, string> Told() => Channel.Requests.ToLookup(
        request => (string)JsonNode.Parse(request.Body)!["data"]!["uuid"]!, request => request.Headers["webhook-id"], StringComparer.Ordinal);
}
