using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace EventHookDetector.Tests.Storage;

/// <summary>The real program, killed where it stands and started again on the same file.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private const int Connections = 4;
    private const int Crashes = 3;

    // Only for a detector that never tells; nothing is measured by it.
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TestStorage _storage = TestStorage.Create();
    private readonly SemaphoreSlim _taken = new(0);
    private RecordingServer _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(3));
        _channel = await RecordingServer.StartAsync();
        _channel.Answer = async context =>
        {
            await context.Response.WriteAsync("ok");
            _taken.Release();
        };
    }

    [Fact]
    public async Task Whatever_was_answered_204_before_a_crash_is_an_alert_after_it_and_is_told()
    {
        var (accepted, inDoubt) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        for (var crash = 0; crash < Crashes; crash++)
        {
            await using var detector = NewDetector();
            await detector.ListenAsync();
            await DeliverUntilKilledAsync(detector, killAfter: Random.Shared.Next(5, 120), accepted, inDoubt);
        }

        await using var last = NewDetector();
        await last.ListenAsync();
        Assert.Empty(accepted.Except(await last.AlertsAsync()));
        foreach (var uuid in inDoubt) await AcceptAsync(last, uuid);   // as Okta tries once more what got no answer

        string[] all = [.. accepted, .. inDoubt];
        while (Told().Count < all.Length) await _taken.WaitAsync(_patience.Token);

        Assert.Equal(all.Order(StringComparer.Ordinal), (await last.AlertsAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(all.Order(StringComparer.Ordinal), Told().Select(told => told.Key).Order(StringComparer.Ordinal));
        Assert.All(Told(), told => Assert.Single(told.Distinct(StringComparer.Ordinal)));   // twice perhaps, but then under the same webhook-id
    }

    public async ValueTask DisposeAsync()
    {
        _taken.Dispose();
        await _channel.DisposeAsync();
        _patience.Dispose();
        _storage.Dispose();
    }

    private static async Task DeliverUntilKilledAsync(
        DetectorProcess detector, int killAfter, ConcurrentBag<string> accepted, ConcurrentBag<string> inDoubt)
    {
        var enough = new TaskCompletionSource();
        var answers = 0;

        async Task DeliverAsync()
        {
            while (true)
            {
                string[] uuids = [Some.Uuid(), Some.Uuid()];
                try
                {
                    using var response = await detector.DeliverAsync(Some.Delivery([.. uuids.Select(uuid => Some.FactorReset(uuid: uuid))]));
                    Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
                    foreach (var uuid in uuids) accepted.Add(uuid);
                    if (Interlocked.Increment(ref answers) == killAfter) enough.SetResult();
                }
                catch (HttpRequestException)
                {
                    foreach (var uuid in uuids) inDoubt.Add(uuid);
                    return;
                }
            }
        }

        var deliveries = Enumerable.Range(0, Connections).Select(_ => DeliverAsync()).ToList();
        await Task.WhenAny([enough.Task, .. deliveries]);
        await detector.KillAsync();
        await Task.WhenAll(deliveries);
    }

    private static async Task AcceptAsync(DetectorProcess detector, string uuid)
    {
        using var response = await detector.DeliverAsync(Some.Delivery(Some.FactorReset(uuid: uuid)));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>By the log event's uuid, the webhook-ids under which it was told.</summary>
    private ILookup<string, string> Told() => _channel.Requests.ToLookup(
        request => (string)JsonNode.Parse(request.Body)!["data"]!["uuid"]!, request => request.Headers["webhook-id"], StringComparer.Ordinal);

    private DetectorProcess NewDetector()
    {
        var detector = new DetectorProcess().WithSecretAndKey();
        foreach (var (key, value) in _storage.Settings) detector.Settings[key] = value;
        detector.Settings["Detection:MaxAlerts"] = "1000000";
        detector.Settings["Notifiers:hook:Type"] = "webhook";
        detector.Settings["Notifiers:hook:Url"] = $"{_channel.Url}alerts";
        detector.Settings["Notifiers:hook:Secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        detector.Settings["Notifiers:hook:AllowPrivateAddresses"] = "true";
        detector.Settings["Notifiers:hook:PerSecond"] = "1000";
        detector.Settings["Notifiers:hook:Timeout"] = "00:00:01";   // a crash leaves leases behind that are ten seconds longer
        return detector;
    }
}
