namespace EventHookDetector.Detection;

/// <summary>A fixed stretch of time that starts at a multiple of its length, so that all replicas agree on it without talking.</summary>
internal readonly record struct AlertWindow(DateTimeOffset Start, DateTimeOffset End)
{
    public static AlertWindow Of(DateTimeOffset time, TimeSpan length)
    {
        var start = new DateTimeOffset(time.UtcTicks - (time.UtcTicks % length.Ticks), TimeSpan.Zero);
        return new AlertWindow(start, start + length);
    }
}
