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

    /// <summary>How many of these places one operator may take, or one page that is opened again and again would take all.</summary>
    public const int MostOfOne = 10;

    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestStream = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _watching = new(StringComparer.OrdinalIgnoreCase);
    private Overview? _latest;

    /// <param name="who">The operator's name.</param>
    /// <param name="because">Why there is no place; empty if there is one.</param>
    /// <returns>A place among those who watch, given back when it is disposed; null if all are taken.</returns>
    public IDisposable? TakePlace(string who, out string because)
    {
        lock (_lock)
        {
            var count = _watching.GetValueOrDefault(who);
            because = count >= MostOfOne ? $"{who} watches {MostOfOne} times already, and may not more often."
                : _watching.Values.Sum() >= MostWatchers ? $"All {MostWatchers} places to watch are taken."
                : "";
            if (because.Length > 0) return null;

            _watching[who] = count + 1;
            return new Place(this, who);
        }
    }

    /// <summary>Ends after ten minutes, and when the detector is about to stop: whoever still watches asks again. And as soon as one who watches would not be let in any more.</summary>
    public async IAsyncEnumerable<SseItem<Overview>> WatchAsync(
        Func<CancellationToken, Task<bool>> isLetIn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        for (var until = clock.GetUtcNow() + LongestStream; clock.GetUtcNow() < until && !draining.HasBegun && !stop.IsCancellationRequested;)
        {
            if (!await isLetIn(cancellationToken)) yield break;

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

    private void GiveBack(string who)
    {
        lock (_lock)
        {
            if (--_watching[who] == 0) _watching.Remove(who);
        }
    }

    private sealed class Place(OverviewFeed feed, string who) : IDisposable
    {
        private int _isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) == 0) feed.GiveBack(who);
        }
    }
}
