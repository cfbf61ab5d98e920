namespace EventHookDetector.Storage;

/// <summary>What has been read once for all work of a commit, and goes with it: it may have read what is rolled back.</summary>
/// <remarks>
/// Who waits goes on in the order in which they asked, for that decides who still finds room. So each has a task of its own: of those
/// who wait for the same one, any may go first.
/// </remarks>
internal sealed class SharedReadings
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, object> _readings = [];

    public Task<T> OnceAsync<T>(object key, Func<Task<T>> read)
    {
        var mine = new TaskCompletionSource<T>();
        lock (_lock)
        {
            if (_readings.TryGetValue(key, out var known))
            {
                if (known is Task<T> done) return done;

                ((Queue<TaskCompletionSource<T>>)known).Enqueue(mine);
                return mine.Task;
            }

            _readings.Add(key, new Queue<TaskCompletionSource<T>>([mine]));
        }

        _ = ReadAsync(key, read);
        return mine.Task;
    }

    private async Task ReadAsync<T>(object key, Func<Task<T>> read)
    {
        var reading = Reading();   // what it throws at once, all get to hear too
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Queue<TaskCompletionSource<T>> waiting;
        lock (_lock)
        {
            waiting = (Queue<TaskCompletionSource<T>>)_readings[key];
            _readings[key] = reading;
        }

        foreach (var one in waiting) one.SetFromTask(reading);

        async Task<T> Reading() => await read();
    }
}
