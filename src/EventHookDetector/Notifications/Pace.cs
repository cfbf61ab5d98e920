namespace EventHookDetector.Notifications;

/// <summary>How many may be sent right now without exceeding so many a second; saves up at most one second's worth.</summary>
internal sealed class Pace(double perSecond, TimeProvider clock)
{
    private readonly double _most = Math.Max(1, perSecond);
    private double _saved = Math.Max(1, perSecond);
    private DateTimeOffset _asOf = clock.GetUtcNow();

    public int Available()
    {
        var now = clock.GetUtcNow();
        // A clock that is set back must neither stop the channel nor open it wide.
        if (now > _asOf) _saved = Math.Min(_most, _saved + ((now - _asOf).TotalSeconds * perSecond));
        _asOf = now;
        return (int)_saved;
    }

    public void Take(int count) => _saved -= count;

    public TimeSpan UntilNext => _saved >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _saved) / perSecond);
}
