using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using EventHookDetector.Hosting;

namespace EventHookDetector.Dashboard;

/// <summary>
/// Tells everybody who watches the same, anew every two seconds: the database is asked once for all of them, and not at all while
/// nobody watches.
/// </summary>
internal sealed class OverviewFeed(OverviewReader reader, Draining draining, IHostApplicationLifetime lifetime, TimeProvider clock) : IDisposable
{
    /// <summary>How many may watch one replica at the same time; each of them holds a connection.</summary>
    public const int MostWatchers = 50;

    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    // Whoever may no longer read is asked for the key again by then.
    private static readonly TimeSpan LongestStream = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _reading = new(1);
    private Overview? _latest;
    private int _watchers;

    /// <returns>A place among those who watch, given back when it is disposed; null if all are taken.</returns>
    public IDisposable? TakePlace()
    {
        if (Interlocked.Increment(ref _watchers) <= MostWatchers) return new Place(this);

        Interlocked.Decrement(ref _watchers);
        return null;
    }

    /// <summary>Ends after ten minutes, and when the detector is about to stop; whoever still watches asks again.</summary>
    public async IAsyncEnumerable<SseItem<Overview>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        for (var until = clock.GetUtcNow() + LongestStream; clock.GetUtcNow() < until && !draining.HasBegun && !stop.IsCancellationRequested;)
        {
            yield return new SseItem<Overview>(await LatestAsync(cancellationToken), "overview");

            await Task.Delay(Pace, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task<Overview> LatestAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            // A clock that was set back makes it old too.
            var age = clock.GetUtcNow() - _latest?.At;
            if (_latest is null || age is null || age >= Pace / 2 || age < TimeSpan.Zero) _latest = await reader.ReadAsync(cancellationToken);
            return _latest;
        }
        finally
        {
            _reading.Release();
        }
    }

    private sealed class Place(OverviewFeed feed) : IDisposable
    {
        private int _isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) == 0) Interlocked.Decrement(ref feed._watchers);
        }
    }
}
