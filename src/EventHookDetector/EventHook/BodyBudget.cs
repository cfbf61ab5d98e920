using Microsoft.Extensions.Options;

namespace EventHookDetector.EventHook;

/// <summary>
/// Limits the memory of all bodies under way: an eighth of what the process may use, 256 MiB at most. A quarter of it is kept for bodies of up to
/// 1 MiB. Bodies of up to 64 KiB need no permission.
/// </summary>
internal sealed class BodyBudget
{
    public const int Free = 64 * 1024;

    private const int Small = 1024 * 1024;
    private const long Most = 256L * 1024 * 1024;

    private readonly long _bytes;
    private long _taken;

    public BodyBudget(IOptions<EventHookOptions> options)
    {
        // One body of the greatest length always fits: while it grows, the half that has arrived is in memory twice.
        var least = 2L * options.Value.MaxBodyBytes;
        _bytes = Math.Max(least, Math.Min(Most, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8));
    }

    /// <returns>False if other bodies use too much memory at this moment.</returns>
    public bool TryTake(int bytes)
    {
        if (bytes <= Free) return true;

        var most = bytes <= Small ? _bytes : _bytes / 4 * 3;
        if (Interlocked.Add(ref _taken, bytes) <= most) return true;

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void Return(int bytes)
    {
        if (bytes > Free) Interlocked.Add(ref _taken, -bytes);
    }
}
