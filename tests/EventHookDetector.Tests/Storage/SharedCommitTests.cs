using System.Text;
using EventHookDetector.Detection;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Storage;

public sealed class SharedCommitTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new() { Settings = { ["Storage:Writers"] = "1", ["Storage:CommitTimeout"] = "00:00:01" } };

    private SharedCommit Commit => _detector.Services.GetRequiredService<SharedCommit>();

    [Fact]
    public async Task Nothing_and_no_text_and_no_bytes_are_three_things()
    {
        await Commit.RunAsync(transaction => transaction.ExecuteAsync(
            """
            INSERT INTO merged_log_events (key, burst, transaction_id, rule_id, at, actor, performer, uuid, event_type, received_at, raw)
            VALUES (@Key, @Raw, @TransactionId, @Text, @Now, @Text, @Text, @Text, @Text, @Now, @Raw)
            """,
            "a-key"u8.ToArray(), Array.Empty<byte>(), null, "", transaction.Now), CancellationToken.None);

        var found = await Commit.RunAsync(transaction => transaction.ReadAsync(
            "SELECT transaction_id, actor, LENGTH(raw) FROM merged_log_events WHERE at = @Now", row => (row.IsDBNull(0), row.GetString(1), row.GetInt32(2)),
            transaction.Now), CancellationToken.None);

        Assert.Equal([(true, "", 0)], found);
    }

    [Fact]
    public async Task Whoever_waits_while_the_writer_is_busy_shares_one_transaction()
    {
        var busy = new TaskCompletionSource();
        var first = await OccupyWriterAsync(until: busy);
        var times = Enumerable.Range(0, 20)
            .Select(_ => Commit.RunAsync(transaction => Task.FromResult(transaction), CancellationToken.None)).ToArray();
        _detector.Clock.Advance(TimeSpan.FromMilliseconds(10));
        busy.SetResult();

        await first.Work;
        var transactions = await Task.WhenAll(times);

        // The clock is read once for each transaction, so one time is one transaction.
        Assert.Single(transactions.Select(transaction => transaction.Now).Distinct());
    }

    [Fact]
    public async Task A_piece_of_work_that_fails_takes_back_its_own_and_nobody_elses()
    {
        var busy = new TaskCompletionSource();
        var first = await OccupyWriterAsync(until: busy);
        var good = Commit.RunAsync(transaction => InsertAsync(transaction, "good"), CancellationToken.None);
        var bad = Commit.RunAsync<int>(
            async transaction =>
            {
                await InsertAsync(transaction, "bad");
                throw new InvalidDataException("Something went wrong after the insert.");
            },
            CancellationToken.None);
        var alsoGood = Commit.RunAsync(transaction => InsertAsync(transaction, "also good"), CancellationToken.None);
        busy.SetResult();

        await Task.WhenAll(first.Work, good, alsoGood);
        await Assert.ThrowsAsync<InvalidDataException>(() => bad);

        Assert.Equal(["also good", "good"], await KeysAsync());
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task A_commit_runs_on_a_thread_of_its_own()
    {
        Assert.False(await Commit.RunAsync(_ => Task.FromResult(Thread.CurrentThread.IsThreadPoolThread), CancellationToken.None));
    }

    [Fact]
    public async Task A_delivery_continues_after_its_commit_without_a_thread_of_the_pool()
    {
        var busy = new TaskCompletionSource();
        var first = await OccupyWriterAsync(until: busy);
        var onPool = Commit.RunForDeliveryAsync(_ => Task.FromResult(true), CancellationToken.None).ContinueWith(
            _ => Thread.CurrentThread.IsThreadPoolThread, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        busy.SetResult();

        await first.Work;
        Assert.False(await onPool);
    }

    [Fact]
    public async Task Whoever_waits_too_long_is_told_so_and_nothing_was_done()
    {
        var busy = new TaskCompletionSource();
        var first = await OccupyWriterAsync(until: busy);
        var late = Commit.RunAsync(transaction => InsertAsync(transaction, "late"), CancellationToken.None);

        await Assert.ThrowsAsync<TimeoutException>(() => late);   // by the real clock: nobody turns the other
        await Assert.ThrowsAsync<TimeoutException>(() => first.Work);
        busy.SetResult();
        await Commit.RunAsync(transaction => InsertAsync(transaction, "next"), CancellationToken.None);

        Assert.Equal(["next"], await KeysAsync());
    }

    [Fact]
    public async Task A_writer_that_cannot_keep_up_is_answered_503_to_Okta_and_the_second_try_succeeds()
    {
        var busy = new TaskCompletionSource();
        _ = await OccupyWriterAsync(until: busy);
        var reset = Some.FactorReset();

        using var refused = await _detector.DeliverAsync(reset.DeepClone());
        busy.SetResult();
        using var accepted = await _detector.DeliverAsync(reset.DeepClone());

        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(204, (int)accepted.StatusCode);
        Assert.Single(await _detector.AlertsAsync());
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task A_commit_that_fails_is_everybodys_failure_and_the_next_one_works()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => Commit.RunAsync(
            async transaction =>
            {
                // Ends the transaction behind the writer's back, as SQLite itself does when the disk is full.
                await transaction.ExecuteAsync("ROLLBACK");
                return 0;
            },
            CancellationToken.None));

        await Commit.RunAsync(transaction => InsertAsync(transaction, "next"), CancellationToken.None);

        Assert.Equal(["next"], await KeysAsync());
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task The_database_is_in_WAL_and_every_commit_waits_for_the_disk()
    {
        await Commit.RunAsync(
            async transaction =>
            {
                Assert.Equal("wal", Assert.Single(await transaction.ReadAsync("PRAGMA journal_mode", row => row.GetString(0))));
                Assert.Equal(2, Assert.Single(await transaction.ReadAsync("PRAGMA synchronous", row => row.GetInt64(0))));
                return 0;
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task What_is_to_happen_after_a_commit_happens_only_if_there_was_one()
    {
        var happened = new List<string>();
        await Commit.RunAsync(
            transaction =>
            {
                transaction.AfterCommit(() => happened.Add("after success"));
                return Task.FromResult(0);
            },
            CancellationToken.None);
        await Assert.ThrowsAsync<InvalidDataException>(() => Commit.RunAsync<int>(
            transaction =>
            {
                transaction.AfterCommit(() => happened.Add("after failure"));
                throw new InvalidDataException();
            },
            CancellationToken.None));

        Assert.Equal(["after success"], happened);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    /// <summary>Returns when the writer is busy with it, and not a moment earlier: what still waits could be withdrawn.</summary>
    private async Task<OccupiedWriter> OccupyWriterAsync(TaskCompletionSource until)
    {
        var begun = new TaskCompletionSource();
        var work = Commit.RunAsync(
            async _ =>
            {
                begun.SetResult();
                await until.Task;
                return 0;
            },
            CancellationToken.None);
        await begun.Task;
        return new(work);
    }

    private sealed record OccupiedWriter(Task Work);

    private static Task<int> InsertAsync(DetectorTransaction transaction, string key) => transaction.ExecuteAsync(
        "INSERT INTO processed_log_events (key, seen_at) VALUES (@Key, @SeenAt)", Encoding.UTF8.GetBytes(key), transaction.Now);

    private async Task<IReadOnlyList<string>> KeysAsync() => await Commit.RunAsync<IReadOnlyList<string>>(
        async transaction => [.. (await transaction.QueryAsync<ProcessedLogEvent>("SELECT key, seen_at FROM processed_log_events ORDER BY key")).Select(known => Encoding.UTF8.GetString(known.Key))], CancellationToken.None);
}
