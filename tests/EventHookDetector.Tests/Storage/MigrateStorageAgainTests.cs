using EventHookDetector.Tests.Support;
using Npgsql;

namespace EventHookDetector.Tests.Storage;

/// <summary>The move is ended in its middle, by whatever may end a process, and called again.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class MigrateStorageAgainTests : IAsyncDisposable
{
    private const int Rows = 12_000;
    private const int Batch = 5_000;

    private readonly StorageMove _move = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ended_in_the_middle_it_goes_on_where_it_was(bool killed)
    {
        await EndInTheMiddleAsync(killed);
        Assert.Equal((Batch, Batch), (_move.Target.Read<long>("SELECT row_count FROM storage_move WHERE table_name = 'processed_log_events'"), Moved));

        var again = await _move.RunAsync();

        Assert.Equal((0, ""), (again.ExitCode, again.ExitCode == 0 ? "" : again.Errors));
        Assert.Contains("Checking what was copied before: 100 %, 5,001 of 5,001 rows", again.Errors, StringComparison.Ordinal);
        Assert.Contains("Copying: 42 %, 5,001 of 12,004 rows", again.Errors, StringComparison.Ordinal);
        Assert.Matches(@"processed_log_events +12,000 +12,000  agree", again.Output);
        Assert.Equal(Rows, Moved);
    }

    [Fact]
    public async Task What_is_half_there_is_not_to_be_worked_with()
    {
        await EndInTheMiddleAsync(killed: true);

        await using var detector = new DetectorProcess().WithSecretAndKey();
        foreach (var (key, value) in _move.Target.Settings) detector.Settings[key] = value;

        Assert.NotEqual(0, await detector.RunAsync());
        Assert.Contains("Run migrate-storage again to its end", detector.Output + detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_has_changed_in_between_is_refused()
    {
        await EndInTheMiddleAsync(killed: true);
        _move.Source.Execute("UPDATE processed_log_events SET seen_at = -1 WHERE key = (SELECT MIN(key) FROM processed_log_events)");

        var again = await _move.RunAsync();

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("has changed since a part of it was copied (in the table processed_log_events)", again.Errors, StringComparison.Ordinal);
        Assert.Equal(Batch, Moved);
    }

    [Fact]
    public async Task Another_file_cannot_take_over_what_one_has_begun()
    {
        await EndInTheMiddleAsync(killed: true);
        using var other = TestStorage.CreateSqlite();
        await StorageMove.MakeTablesAsync(other);
        var command = _move.Prepare();
        command.Settings["Storage:ConnectionString"] = other.ConnectionString;

        Assert.Equal(1, await _move.RunAsync(command));
        Assert.Contains("Make the target anew", command.Errors, StringComparison.Ordinal);
        Assert.Equal(Batch, Moved);
    }

    [Fact]
    public async Task Called_once_more_when_all_is_there_it_does_nothing_whatever_the_target_holds_by_now()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        _move.Fill(10);
        Assert.Equal(0, (await _move.RunAsync()).ExitCode);
        await using (var detector = new DetectorApp(_move.Target)) await detector.DeliverAsync(Some.FactorReset());

        var again = await _move.RunAsync();

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("Nothing was done.", again.Output, StringComparison.Ordinal);
        Assert.Equal(11, Moved);
    }

    [Theory]
    [InlineData("INSERT INTO processed_log_events (key, seen_at) VALUES (X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', 1)")]
    [InlineData("UPDATE storage_check SET written_at = 17")]
    public async Task A_file_on_which_a_detector_went_on_is_not_brought_over_a_second_time(string work)
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        _move.Fill(10);
        Assert.Equal(0, (await _move.RunAsync()).ExitCode);
        _move.Source.Execute(work);

        var again = await _move.RunAsync();

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("the file has changed since", again.Errors, StringComparison.Ordinal);
        Assert.Equal(10, Moved);
    }

    [Fact]
    public async Task Two_at_once_do_not_meet()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        await using var other = await EventHookDetector.Storage.Moves.MoveTarget.OpenAsync(_move.Target.ConnectionString, Cancellation);
        await other.DemandReadyAsync([], Cancellation);

        var command = await _move.RunAsync();

        Assert.Equal(1, command.ExitCode);
        Assert.Contains("Another migrate-storage is at work", command.Errors, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _move.DisposeAsync();

    private long Moved => _move.Target.Read<long>("SELECT COUNT(*) FROM processed_log_events");

    /// <summary>
    /// Somebody else is about to add a row that the second batch holds too, so the server lets that one wait; then the command is ended.
    /// </summary>
    private async Task EndInTheMiddleAsync(bool killed)
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        await StorageMove.MakeTablesAsync(_move.Target);
        _move.Fill(Rows);
        var key = _move.Source.Read<string>($"SELECT hex(key) FROM processed_log_events ORDER BY key LIMIT 1 OFFSET {Batch + 2_000}");
        await using var connection = new NpgsqlConnection($"{_move.Target.ConnectionString};Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using var insert = new NpgsqlCommand($"INSERT INTO processed_log_events (key, seen_at) VALUES ('\\x{key}', now())", connection);
        await insert.ExecuteNonQueryAsync(Cancellation);

        var command = _move.Prepare();
        var running = _move.RunAsync(command);
        await using var waiting = new NpgsqlCommand(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid') FROM pg_sleep(0.05)", connection);
        while (!(bool)(await waiting.ExecuteScalarAsync(Cancellation))!) Assert.False(running.IsCompleted, command.Errors);

        if (killed) await command.KillAsync();
        else await command.TerminateAsync();
        Assert.Equal(killed ? 137 : 130, await running);
        await transaction.RollbackAsync(Cancellation);
    }
}
