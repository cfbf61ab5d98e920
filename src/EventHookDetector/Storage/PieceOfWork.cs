using System.Diagnostics;
using EventHookDetector.Hosting;

namespace EventHookDetector.Storage;

/// <summary>Something that waits for the next commit. Either the writer begins it, or the one who waits withdraws it.</summary>
internal abstract class PieceOfWork
{
    private const int Waiting = 0, Begun = 1, Withdrawn = 2;
    private int _state = Waiting;

    /// <summary>The trace of whoever handed it in; null if there is none.</summary>
    public Activity? Caller { get; } = Activity.Current;

    /// <summary>Whether somebody still waits for it.</summary>
    public bool IsAwaited => Volatile.Read(ref _state) != Withdrawn;

    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) is Waiting or Begun;

    /// <summary>Nobody waits for it any longer. What is begun may still be committed, but is not tried again.</summary>
    public void Withdraw()
    {
        // It may stay in the queue for long, and what it would have written may be 16 MiB.
        if (Interlocked.Exchange(ref _state, Withdrawn) == Waiting) Forget();
    }

    /// <summary>Runs it; once more if what was done the first time was rolled back.</summary>
    public abstract Task RunAsync(DetectorTransaction transaction);

    /// <summary>The commit is on disk.</summary>
    public abstract void Complete();

    /// <summary>It was rolled back. Only the first word counts.</summary>
    public abstract void Fail(Exception fault);

    /// <summary>Releases the work, which will not be run.</summary>
    protected abstract void Forget();
}

/// <param name="work">Runs inside the transaction.</param>
/// <param name="answers">Threads on which the caller continues; null for the thread pool.</param>
internal sealed class PieceOfWork<T>(Func<DetectorTransaction, Task<T>> work, OwnThreads? answers) : PieceOfWork, IThreadPoolWorkItem
{
    // The caller never continues on the writer's thread: the writer has the next commit to do.
    private readonly TaskCompletionSource<T> _completion = new(
        answers is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);

    private Func<DetectorTransaction, Task<T>>? _work = work;
    private DetectorTransaction? _transaction;
    private T? _result;
    private Exception? _fault;

    public Task<T> Result => _completion.Task;

    public override async Task RunAsync(DetectorTransaction transaction)
    {
        // The writer does it, but it is told as part of the story of whoever handed it in.
        if (Caller is not null) Activity.Current = Caller;
        _result = await _work!(transaction);
        _transaction = transaction;
    }

    public override void Complete()
    {
        // Without a transaction it failed or was withdrawn, and somebody has said so.
        if (_transaction is null) return;

        _transaction.Committed();
        Answer();
    }

    public override void Fail(Exception fault)
    {
        _transaction = null;
        _fault ??= fault;
        Answer();
    }

    protected override void Forget() => _work = null;

    void IThreadPoolWorkItem.Execute() => SetCompletion();

    private void Answer()
    {
        if (answers is null) SetCompletion();
        else answers.Post(this);
    }

    private void SetCompletion()
    {
        if (_fault is null) _completion.TrySetResult(_result!);
        else _completion.TrySetException(_fault);
    }
}
