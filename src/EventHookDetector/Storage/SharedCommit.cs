using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Storage;

/// <summary>
/// Writes for everybody. A commit is one wait for the disk, a millisecond or two however much it carries, so whoever comes
/// while one is under way goes into the next, each under a savepoint of its own, and all are answered together.
/// </summary>
internal sealed partial class SharedCommit(
    Database database, IOptions<StorageOptions> options, TimeProvider clock, ILogger<SharedCommit> logger) : IHostedService, IAsyncDisposable
{
    private const int MaxShare = 512;
    private const int MaxWaiting = 20_000;

    private readonly Channel<PieceOfWork> _waiting = Channel.CreateBounded<PieceOfWork>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private DbConnection? _connection;
    private PreparedStatements? _statements;
    private Task _writing = Task.CompletedTask;

    /// <summary>Runs the work in the next commit, and returns once that is on disk.</summary>
    /// <exception cref="TimeoutException">The writer cannot keep up. Nothing was done, or Okta's second try will find it done.</exception>
    public async Task<T> RunAsync<T>(Func<DetectorTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        var piece = new PieceOfWork<T>(work);
        if (!_waiting.Writer.TryWrite(piece)) throw new TimeoutException("Too much is waiting to be written.");

        try
        {
            return await piece.Result.WaitAsync(options.Value.CommitTimeout, clock, cancellationToken);
        }
        catch
        {
            piece.TryWithdraw();
            throw;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.Run(WriteAsync, CancellationToken.None);
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
        await CloseAsync();
    }

    private async Task WriteAsync()
    {
        var share = new List<PieceOfWork>(MaxShare);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (share.Count < MaxShare && _waiting.Reader.TryRead(out var piece)) share.Add(piece);

            try
            {
                await CommitAsync(share);
            }
            catch (Exception fault)
            {
                // The disk is full, the file is gone: everybody in this share hears of it, and the next one starts afresh.
                Log.CommitFailed(logger, share.Count, fault);
                share.ForEach(piece => piece.Fail(fault));
                await CloseAsync();
            }

            share.Clear();
        }

        await CloseAsync();
    }

    private async Task CommitAsync(List<PieceOfWork> share)
    {
        _connection ??= await database.OpenForWritingAsync(CancellationToken.None);
        _statements ??= new PreparedStatements(_connection);

        await using var transaction = await _connection.BeginTransactionAsync();
        var now = clock.GetUtcNow();
        foreach (var piece in share)
        {
            if (!piece.TryBegin()) continue;

            await RunUnderSavepointAsync(piece, new DetectorTransaction(_statements, transaction, now), transaction);
        }

        database.DemandFile();
        await transaction.CommitAsync();
        share.ForEach(piece => piece.Complete());
    }

    private async Task RunUnderSavepointAsync(PieceOfWork piece, DetectorTransaction unit, DbTransaction transaction)
    {
        await _statements!.Get("SAVEPOINT piece", transaction, []).ExecuteNonQueryAsync();
        try
        {
            await piece.RunAsync(unit);
        }
        catch (Exception fault)
        {
            // If the engine has given up the whole transaction, this throws too, and the share fails as a whole.
            await _statements!.Get("ROLLBACK TO piece", transaction, []).ExecuteNonQueryAsync();
            piece.Fail(fault);
        }

        await _statements!.Get("RELEASE piece", transaction, []).ExecuteNonQueryAsync();
    }

    private async Task CloseAsync()
    {
        _statements?.Dispose();
        _statements = null;
        if (_connection is null) return;

        await _connection.DisposeAsync();
        _connection = null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A commit of {Count} pieces of work failed; each was refused, and Okta will try its deliveries once more")]
        public static partial void CommitFailed(ILogger logger, int count, Exception fault);
    }
}
