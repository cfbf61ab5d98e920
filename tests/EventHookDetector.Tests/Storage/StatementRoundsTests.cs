using System.Collections.Concurrent;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Storage;

/// <summary>What waits is done side by side on a server, and nobody sees a difference but in time.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class StatementRoundsTests : IAsyncDisposable
{
    private const int Pieces = 30;

    private readonly DetectorApp _detector = new();

    private SharedCommit Commit
    {
        get
        {
            _ = _detector.Http;
            return _detector.Services.GetRequiredService<SharedCommit>();
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_trip_carries_the_next_statement_of_every_piece()
    {
        var steps = new ConcurrentQueue<int>();

        await TogetherAsync(async transaction =>
        {
            for (var step = 0; step < 3; step++)
            {
                await transaction.ExecuteAsync("UPDATE storage_check SET written_at = @Now", transaction.Now);
                steps.Enqueue(step);
            }
        });

        Assert.Equal([.. Enumerable.Repeat(0, Pieces), .. Enumerable.Repeat(1, Pieces), .. Enumerable.Repeat(2, Pieces)], steps);
    }

    [Fact]
    public async Task Each_piece_gets_its_own_rows_and_its_own_count()
    {
        var numbers = await TogetherAsync(async (transaction, number) =>
        {
            var key = BitConverter.GetBytes(number);
            var added = number % 2 == 0
                ? await transaction.ExecuteAsync("INSERT INTO processed_log_events (key, seen_at) VALUES (@Key, @Now)", key, transaction.Now)
                : 1 + await transaction.ExecuteAsync("UPDATE storage_check SET written_at = @Now WHERE written_at > @Now", transaction.Now);
            var read = number % 3 == 0 ? [number] : await transaction.ReadAsync("SELECT @Number + 0 WHERE @Number > 0", row => row.GetInt32(0), number);
            return (added, read is [var one] ? one : 0);
        });

        Assert.Equal(Enumerable.Range(0, Pieces).Select(number => (1, number)), numbers);
    }

    [Fact]
    public async Task Who_asks_to_be_alone_may_read_and_then_write()
    {
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync("INSERT INTO quarantine_forgotten (count) VALUES (1000)"));

        await TogetherAsync(async transaction =>
        {
            await transaction.ExecuteAsync("UPDATE storage_check SET written_at = @Now", transaction.Now);
            await transaction.AloneAsync();
            var count = (await transaction.ReadAsync("SELECT count FROM quarantine_forgotten WHERE count >= 1000", row => row.GetInt64(0)))[0];
            await transaction.ExecuteAsync("UPDATE quarantine_forgotten SET count = @Count WHERE count >= 1000", count + 1);
        });

        Assert.Equal([1000L + Pieces], await _detector.WriteAsync(transaction =>
            transaction.ReadAsync("SELECT count FROM quarantine_forgotten WHERE count >= 1000", row => row.GetInt64(0))));
    }

    [Fact]
    public async Task A_statement_that_fails_fails_its_own_piece_only()
    {
        var outcomes = await Task.WhenAll(Together((transaction, number) => number == 7
                ? transaction.ExecuteAsync("INSERT INTO processed_log_events (key, seen_at) VALUES (@Key, NULL)", new byte[] { 7 })
                : transaction.ExecuteAsync("INSERT INTO processed_log_events (key, seen_at) VALUES (@Key, @Now)", BitConverter.GetBytes(number), transaction.Now))
            .Select(async piece => (await Record.ExceptionAsync(() => piece)) is null));

        Assert.Equal(Enumerable.Range(0, Pieces).Select(number => number != 7), outcomes);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private Task<int[]> TogetherAsync(Func<DetectorTransaction, Task> work) => TogetherAsync(async (transaction, _) =>
    {
        await work(transaction);
        return 0;
    });

    private Task<T[]> TogetherAsync<T>(Func<DetectorTransaction, int, Task<T>> work) => Task.WhenAll(Together(work));

    // Into one share: while the writer is at the first, the others gather.
    private List<Task<T>> Together<T>(Func<DetectorTransaction, int, Task<T>> work)
    {
        var (gathered, begun) = (new TaskCompletionSource(), new TaskCompletionSource());
        _ = Commit.RunAsync(
            async _ =>
            {
                begun.TrySetResult();
                await gathered.Task;
                return 0;
            },
            Cancellation);
        begun.Task.Wait(Cancellation);
        var pieces = Enumerable.Range(0, Pieces).Select(number => Commit.RunAsync(transaction => work(transaction, number), Cancellation)).ToList();
        gathered.SetResult();
        return pieces;
    }
}
