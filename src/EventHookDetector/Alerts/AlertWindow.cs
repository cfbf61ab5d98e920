namespace EventHookDetector.Alerts;

/// <summary>
/// A fixed stretch of time, from its start (inclusive) to its end (exclusive). It starts at a multiple of its length, so that
/// a restart does not begin another one.
/// </summary>
internal readonly record struct AlertWindow(DateTimeOffset Start, DateTimeOffset End)
{
    public static AlertWindow Of(DateTimeOffset time, TimeSpan length)
    {
        var start = new DateTimeOffset(time.UtcTicks - (time.UtcTicks % length.Ticks), TimeSpan.Zero);
        return new AlertWindow(start, start + length);
    }
}
