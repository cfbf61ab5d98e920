namespace EventHookDetector.Hosting;

/// <summary>
/// A fixed number of threads for one purpose. Work that blocks here holds up nothing else, and a busy thread pool does not hold up this work.
/// </summary>
/// <remarks>As a task scheduler it also gets back what continues after an await, unless the code awaits with ConfigureAwait(false).</remarks>
internal sealed class OwnThreads : TaskScheduler, IDisposable
{
    private readonly Queue<object> _work = new();
    private bool _isOver;

    public OwnThreads(string name, int count)
    {
        MaximumConcurrencyLevel = count;
        for (var n = 0; n < count; n++) new Thread(Work) { Name = name, IsBackground = true }.Start();
    }

    public override int MaximumConcurrencyLevel { get; }

    public Task RunAsync(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Runs work outside any task, so that code that awaits it without a scheduler continues on the same thread.</summary>
    public void Post(IThreadPoolWorkItem work) => Add(work);

    /// <summary>The threads end when their work is done. Later work goes to the thread pool.</summary>
    public void Dispose()
    {
        lock (_work)
        {
            _isOver = true;
            Monitor.PulseAll(_work);
        }
    }

    protected override void QueueTask(Task task) => Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_work) return [.. _work.OfType<Task>()];
    }

    private void Add(object work)
    {
        lock (_work)
        {
            if (!_isOver)
            {
                _work.Enqueue(work);
                Monitor.Pulse(_work);
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(Execute, work, preferLocal: false);
    }

    private void Work()
    {
        while (Next() is { } work) Execute(work);
    }

    // Waits without spinning: the processor belongs to the thread that has work.
    private object? Next()
    {
        lock (_work)
        {
            object? work;
            while (!_work.TryDequeue(out work) && !_isOver) Monitor.Wait(_work);
            return work;
        }
    }

    private void Execute(object work)
    {
        if (work is Task task) TryExecuteTask(task);
        else ((IThreadPoolWorkItem)work).Execute();
    }
}
