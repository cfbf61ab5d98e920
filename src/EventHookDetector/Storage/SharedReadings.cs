namespace EventHookDetector.Storage;

/// <summary>What has been read once for all work of a commit, and goes with it: it may have read what is rolled back.</summary>
internal sealed class SharedReadings
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, Task> _readings = [];

    public Task<T> OnceAsync<T>(object key, Func<Task<T>> read)
    {
        lock (_lock)
        {
            if (!_readings.TryGetValue(key, out var reading)) _readings.Add(key, reading = read());
            return (Task<T>)reading;
        }
    }
}
