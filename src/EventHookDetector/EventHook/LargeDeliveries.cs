using EventHookDetector.Hosting;
using EventHookDetector.Okta;

namespace EventHookDetector.EventHook;

/// <summary>
/// Inspects bodies so that a large one holds up no other: in parts that take turns, away from the threads of the sockets, and for a second at most.
/// </summary>
internal sealed class LargeDeliveries(Inspection inspection, UnfinishedItems unfinished, TimeProvider clock) : IDisposable
{
    // Reading this takes about a millisecond.
    private const int LargestOnSocketThread = 256 * 1024;

    /// <summary>No part begins later than this after the body has come: Okta waits three seconds, and the commit of the rest takes its time.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(500);

    private readonly OwnThreads _threads = new("large deliveries", 2);

    // A body of 16 MiB may become ten times as much in memory.
    private readonly SemaphoreSlim _places = new(4);

    public async Task<InspectedDelivery> OfBodyAsync(ReadOnlyMemory<byte> body)
    {
        if (body.Length <= LargestOnSocketThread) return await InspectAsync(body);

        if (!await _places.WaitAsync(LongestWait)) return await FindAsync(body) ?? Unread;

        try
        {
            InspectedDelivery? inspected = null;
            await _threads.RunAsync(async () => inspected = await InspectAsync(body));
            return inspected!;
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose()
    {
        _threads.Dispose();
        _places.Dispose();
    }

    private static InspectedDelivery Unread => new(new Delivery { LogEvents = [] }, []) { IsWhole = false };

    private async Task<InspectedDelivery> InspectAsync(ReadOnlyMemory<byte> body)
    {
        var (receivedAt, delivery) = (clock.GetUtcNow(), inspection.Read(body));
        if (delivery.LogEvents.Count <= Inspection.Part) return await inspection.OfDeliveryAsync(delivery, receivedAt, CancellationToken.None);

        if (await FindAsync(body, delivery) is { } known) return known;

        using var until = new CancellationTokenSource(Longest, clock);
        return await inspection.OfDeliveryAsync(delivery, receivedAt, until.Token);
    }

    // Okta's retry.
    private async Task<InspectedDelivery?> FindAsync(ReadOnlyMemory<byte> body, Delivery? delivery = null) => await unfinished.FindFinishedAsync(body) is { } isFinished
        ? new(delivery ?? Unread.Delivery, []) { IsWhole = isFinished && delivery is not null, IsKept = true }
        : null;
}
