namespace EventHookDetector.Hosting;

/// <summary>Gathers what strangers could make us log without end, so that one line a minute tells of it.</summary>
internal sealed class OnceAMinute(TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _loggedAt = DateTimeOffset.MinValue;
    private long _gathered;

    /// <returns>How many there were since the last line, if it is time for one; otherwise null.</returns>
    public long? Add(long count = 1)
    {
        lock (_lock)
        {
            _gathered += count;
            var now = clock.GetUtcNow();
            if ((now - _loggedAt).Duration() < Interval) return null;

            var gathered = _gathered;
            (_loggedAt, _gathered) = (now, 0);
            return gathered;
        }
    }
}
