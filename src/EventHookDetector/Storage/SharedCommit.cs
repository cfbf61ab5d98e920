using System.Threading.Channels;
using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Storage;

/// <summary>
/// Writes for everybody. A commit is one wait for the disk, a millisecond or two however much it carries, so whoever comes
/// while one is under way goes into the next, and all are answered together.
/// </summary>
internal sealed class SharedCommit(
    Database database, CommitTelemetry telemetry, IOptions<StorageOptions> options, TimeProvider clock, ILogger<SharedCommit> logger) : IHostedService, IAsyncDisposable
{
    private const int MaxWaiting = 20_000;

    private readonly Channel<PieceOfWork> _waiting = Channel.CreateBounded<PieceOfWork>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = database.Writers == 1, FullMode = BoundedChannelFullMode.Wait });

    // Two at least: a delivery with much to do after its commit holds up no other.
    private readonly OwnThreads _answers = new("answers", Math.Max(2, Environment.ProcessorCount));

    // The pool may be full of other work when a delivery comes.
    private readonly OwnThreads? _writer = database.BlocksThreads ? new("commit", database.Writers) : null;

    private Task _writing = Task.CompletedTask;

    /// <summary>Runs the work in the next commit, and returns once that is on disk.</summary>
    /// <param name="work">It may be run more than once, each time in another transaction of which only the last is committed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The writer cannot keep up. Nothing was done, or Okta's second try will find it done.</exception>
    public Task<T> RunAsync<T>(Func<DetectorTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        WaitAsync(new PieceOfWork<T>(work, answers: null), cancellationToken);

    /// <summary>The same for deliveries: the caller continues on a thread that nothing else can occupy, so it must not block.</summary>
    public Task<T> RunForDeliveryAsync<T>(Func<DetectorTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        WaitAsync(new PieceOfWork<T>(work, _answers), cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.WhenAll(Enumerable.Range(0, database.Writers).Select(_ => _writer?.RunAsync(WriteAsync) ?? Task.Run(WriteAsync, CancellationToken.None)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await _writing.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writer?.Dispose();
        _answers.Dispose();
    }

    private async Task<T> WaitAsync<T>(PieceOfWork<T> piece, CancellationToken cancellationToken)
    {
        if (!_waiting.Writer.TryWrite(piece)) throw new TimeoutException("Too much is waiting to be written.");

        try
        {
            return await piece.Result.WaitAsync(options.Value.CommitTimeout, TimeProvider.System, cancellationToken);
        }
        catch
        {
            piece.Withdraw();
            throw;
        }
    }

    private async Task WriteAsync()
    {
        await using var writer = new ShareWriter(database, telemetry, clock, logger);
        await writer.RunAsync(_waiting.Reader);
    }
}
