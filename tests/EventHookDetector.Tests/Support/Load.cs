using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>Okta, several times over: delivers resets without end, and remembers what it was answered.</summary>
internal sealed class Load : IAsyncDisposable
{
    public const int Connections = 4;
    private const int MostInOneDelivery = 20;

    // So that a second of it is hundreds of alerts to be told, and not thousands.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Func<JsonNode, Task<HttpResponseMessage>> _deliver;
    private readonly string _padding;
    private readonly CancellationToken _patience;
    private readonly SemaphoreSlim _acceptances = new(0);
    private readonly SemaphoreSlim _refusals = new(0);
    private readonly CancellationTokenSource _enough = new();
    private readonly List<Task> _connections;

    /// <param name="deliver">Hands a delivery to a detector, any of several if there are more.</param>
    /// <param name="patience">Ends every wait; nothing is measured by it.</param>
    /// <param name="padding">How many characters each log event holds besides.</param>
    public Load(Func<JsonNode, Task<HttpResponseMessage>> deliver, CancellationToken patience, int padding = 0)
    {
        (_deliver, _patience) = (deliver, patience);
        _padding = RandomNumberGenerator.GetHexString(padding);   // which nobody can compress by much
        _connections = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(DeliverUntilEnoughAsync, CancellationToken.None))];
    }

    /// <summary>Answered 204.</summary>
    public ConcurrentBag<string> Accepted { get; } = [];

    /// <summary>Answered 503.</summary>
    public ConcurrentBag<string> Refused { get; } = [];

    /// <summary>Not answered: nobody listened, or the connection broke.</summary>
    public ConcurrentBag<string> InDoubt { get; } = [];

    public IEnumerable<string> All => [.. Accepted, .. Refused, .. InDoubt];

    /// <summary>Returns when so many more deliveries have been taken.</summary>
    public Task UntilAcceptedAsync(int more = 25) => UntilAsync(_acceptances, more);

    /// <summary>Returns when so many more deliveries have been refused: by default more than can have been under way.</summary>
    public Task UntilRefusedAsync(int more = 2 * Connections) => UntilAsync(_refusals, more);

    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_connections).WaitAsync(_patience);
    }

    /// <summary>Tries once more what was not taken, as Okta does; and again, should the machine be too slow for it.</summary>
    public async Task TryOnceMoreAsync()
    {
        foreach (var uuids in Refused.Concat(InDoubt).Chunk(MostInOneDelivery))
        {
            while (!await IsTakenAsync(uuids)) _patience.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
        _acceptances.Dispose();
        _refusals.Dispose();
    }

    private async Task UntilAsync(SemaphoreSlim answers, int more)
    {
        while (answers.Wait(0, CancellationToken.None))
        {
            // What was answered before does not count.
        }

        for (; more > 0; more--)
        {
            var answer = answers.WaitAsync(_patience);
            await await Task.WhenAny([answer, .. _connections]);   // throws what a connection has thrown
            await answer;
        }
    }

    private async Task DeliverUntilEnoughAsync()
    {
        while (!_enough.IsCancellationRequested)
        {
            await DeliverAsync(Some.Uuid());
            await Task.Delay(Pause, TimeProvider.System, _enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DeliverAsync(string uuid)
    {
        try
        {
            if (await IsTakenAsync(uuid))
            {
                Accepted.Add(uuid);
                _acceptances.Release();
            }
            else
            {
                Refused.Add(uuid);
                _refusals.Release();
            }
        }
        catch (HttpRequestException)
        {
            InDoubt.Add(uuid);
        }
    }

    private async Task<bool> IsTakenAsync(params string[] uuids)
    {
        using var response = await _deliver(DeliveryOf(uuids));
        return response.StatusCode switch
        {
            HttpStatusCode.NoContent => true,
            HttpStatusCode.ServiceUnavailable => false,
            var other => throw new InvalidOperationException($"{other}: {await response.Content.ReadAsStringAsync(_patience)}"),
        };
    }

    private JsonObject DeliveryOf(params string[] uuids) => Some.Delivery([.. uuids.Select(uuid =>
    {
        var reset = Some.FactorReset(target: $"{uuid}@example.com", uuid: uuid);
        if (_padding.Length > 0) reset["debugContext"] = new JsonObject { ["debugData"] = new JsonObject { ["padding"] = _padding } };
        return reset;
    })]);
}
