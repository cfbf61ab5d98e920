using System.Data.Common;
using System.Threading.Channels;

namespace EventHookDetector.Storage;

/// <summary>
/// One connection that writes. It takes all that waits, does it in one transaction, and commits. If something fails, all of it
/// is rolled back and done again, each piece by itself, so that only what is at fault is refused.
/// </summary>
internal sealed partial class ShareWriter(Database database, CommitTelemetry telemetry, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private const int MaxShare = 512;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private DbConnection? _connection;
    private Statements? _statements;

    public async Task RunAsync(ChannelReader<PieceOfWork> waiting)
    {
        var share = new List<PieceOfWork>(MaxShare);
        while (await waiting.WaitToReadAsync())
        {
            while (share.Count < MaxShare && waiting.TryRead(out var piece)) share.Add(piece);

            await WriteAsync(share);
            share.Clear();
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    // Ends for each piece with Complete or Fail, whatever happens.
    private async Task WriteAsync(List<PieceOfWork> share)
    {
        using var activity = telemetry.Begin(share);
        for (var tries = 1; ; tries++)
        {
            var (inDoubt, begun) = (false, clock.GetTimestamp());
            try
            {
                await using var transaction = await BeginAsync();
                var done = await DoAsync(share, transaction);

                // From here on nobody can say whether it was done.
                inDoubt = true;
                if (done.Count > 0) await transaction.CommitAsync();
                telemetry.Committed(done.Count, clock.GetElapsedTime(begun));
                done.ForEach(piece => piece.Complete());
                return;
            }
            catch (Exception fault)
            {
                if (inDoubt || database.EndsConnection(fault) || _connection is not { State: System.Data.ConnectionState.Open }) await CloseAsync();
                if (!inDoubt && database.IsWorthAnotherTry(fault) && share.Any(piece => piece.IsAwaited))
                {
                    // Two that hold what the other wants do so because they hold so much: each piece by itself asks in one order.
                    if (share.Count > 1 && _connection is not null) break;

                    await Task.Delay(Pause * Math.Min(tries, 10) * (0.5 + Random.Shared.NextDouble()), TimeProvider.System);
                    continue;
                }

                if (inDoubt || _connection is null || share.Count == 1)
                {
                    telemetry.Failed(activity, fault);
                    Refuse(share, fault);
                    return;
                }

                break;
            }
        }

        foreach (var piece in share) await WriteAsync([piece]);
    }

    private async Task<DbTransaction> BeginAsync()
    {
        if (_connection is { State: not System.Data.ConnectionState.Open }) await CloseAsync();   // it broke while it was idle
        _connection ??= await database.OpenForWritingAsync(CancellationToken.None);
        _statements ??= database.StatementsOn(_connection);
        return await _connection.BeginTransactionAsync();
    }

    private async Task<List<PieceOfWork>> DoAsync(List<PieceOfWork> share, DbTransaction transaction)
    {
        var begun = share.FindAll(piece => piece.TryBegin());
        var (now, readings) = (clock.GetUtcNow(), new SharedReadings());
        await _statements!.RunAsync(
            [.. begun.Select(piece => (Func<Task>)(() => piece.RunAsync(new DetectorTransaction(database, _statements, readings, now))))], transaction);

        database.DemandReadyToCommit(_connection!);
        return begun;
    }

    private void Refuse(List<PieceOfWork> share, Exception fault)
    {
        Log.CommitFailed(logger, share.Count, fault);
        share.ForEach(piece => piece.Fail(fault));
    }

    private async Task CloseAsync()
    {
        _statements?.Dispose();
        _statements = null;
        if (_connection is null) return;

        try
        {
            await _connection.DisposeAsync();
        }
        catch (Exception)
        {
            // It was broken; the next one is new.
        }

        _connection = null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A commit of {Count} pieces of work failed; each was refused, and Okta will try its deliveries once more")]
        public static partial void CommitFailed(ILogger logger, int count, Exception fault);
    }
}
