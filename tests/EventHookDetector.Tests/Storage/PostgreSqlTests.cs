using System.Net;
using Dapper;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Storage;

/// <summary>What only a server can do to us.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class PostgreSqlTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    private SharedCommit Commit => _detector.Services.GetRequiredService<SharedCommit>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_that_are_cut_are_made_anew()
    {
        await _detector.DeliverAsync(Some.FactorReset(uuid: "u1"));

        TestStorage.Execute(PostgreSqlServer.Shared.Value, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_detector.Storage.Name}'");
        using var delivered = await _detector.DeliverAsync(Some.FactorReset(uuid: "u2"));

        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task Who_reads_cannot_write_and_not_for_ever_whoever_had_the_connection_before()
    {
        _ = _detector.Http;
        var database = _detector.Services.GetRequiredService<Database>();
        for (var turn = 0; turn < 3; turn++)
        {
            await using var connection = await database.OpenForReadingAsync(Cancellation);
            Assert.Equal("on", await connection.ExecuteScalarAsync<string>("SHOW default_transaction_read_only"));
            Assert.Equal("30s", await connection.ExecuteScalarAsync<string>("SHOW statement_timeout"));
        }
    }

    [Fact]
    public async Task Two_that_wait_for_each_other_both_succeed()
    {
        _detector.Settings["Storage:Writers"] = "2";
        _ = _detector.Http;
        var (firstHolds, secondHolds) = (new TaskCompletionSource(), new TaskCompletionSource());

        var first = CrossAsync("first one"u8.ToArray(), "second one"u8.ToArray(), firstHolds, secondHolds);
        await firstHolds.Task;
        var second = CrossAsync("second one"u8.ToArray(), "first one"u8.ToArray(), secondHolds, firstHolds);

        Assert.True(await first + await second > 2, "They did not get in each other's way, so nothing was shown.");
    }

    [Fact]
    public async Task A_statement_that_hangs_is_ended_and_the_next_one_works()
    {
        _ = _detector.Http;
        await Assert.ThrowsAnyAsync<Exception>(() => Commit.RunAsync(
            transaction => transaction.ExecuteAsync("SELECT pg_sleep(600)"), CancellationToken.None));

        using var delivered = await _detector.DeliverAsync(Some.FactorReset());

        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
    }

    [Fact]
    public async Task A_password_shows_nowhere_even_if_the_server_is_not_there()
    {
        const string Password = "s3cr3t-of-the-database";
        using var nobody = new ClosedPort();
        await using var detector = new DetectorProcess().WithSecretAndKey();
        detector.Settings["Storage:ConnectionString"] = $"Host=127.0.0.1;Port={nobody.Number};Database=detector;Username=detector;Password={Password}";

        Assert.NotEqual(0, await detector.RunAsync());

        Assert.Contains($"PostgreSQL at 127.0.0.1:{nobody.Number}, which cannot be reached", detector.Output + detector.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, detector.Output + detector.Errors, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    /// <summary>Takes one key, and the other's once that one has taken it.</summary>
    /// <returns>How often it was tried.</returns>
    private Task<int> CrossAsync(byte[] own, byte[] others, TaskCompletionSource holds, TaskCompletionSource otherHolds)
    {
        var tries = 0;
        return Commit.RunAsync(
            async transaction =>
            {
                tries++;
                await transaction.LockAsync(own);
                holds.TrySetResult();
                await otherHolds.Task;
                await transaction.LockAsync(others);
                return tries;
            },
            Cancellation);
    }
}
