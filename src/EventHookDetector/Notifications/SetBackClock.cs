using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>
/// What was written before a clock was set back lies in the future, and would wait for as long as it was set back: an alert to be
/// told, a lease that a crash has left.
/// </summary>
internal sealed class SetBackClock(SharedCommit commit, Database database, TimeProvider clock)
{
    /// <summary>By how much the clocks of replicas may differ; nor is any lease as long.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    // The time of a lease's owner cannot be trusted, so each is given its time by our stopwatch.
    private readonly Dictionary<string, long> _leases = new(StringComparer.Ordinal);

    public async Task EndWaitsAsync(CancellationToken cancellationToken)
    {
        if (!await IsAnythingOfTheFutureAsync(cancellationToken))
        {
            _leases.Clear();
            return;
        }

        await commit.RunAsync(
            async transaction => await DemandAtOnceAsync(transaction) + await EndLeasesAsync(transaction), cancellationToken);
    }

    private async Task<bool> IsAnythingOfTheFutureAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT 1 FROM notifications WHERE state = 'pending' AND COALESCE(last_attempt_at, created_at) > @Ahead)",
            new { Ahead = clock.GetUtcNow() + Tolerance },
            cancellationToken: cancellationToken));
    }

    private static Task<int> DemandAtOnceAsync(DetectorTransaction transaction) => transaction.ExecuteAsync(
        """
        UPDATE notifications SET due_at = @Now
        WHERE state = 'pending' AND lease IS NULL AND due_at > @Now AND COALESCE(last_attempt_at, created_at) > @Ahead
        """,
        transaction.Now, transaction.Now + Tolerance);

    private async Task<int> EndLeasesAsync(DetectorTransaction transaction)
    {
        var leases = await transaction.ReadAsync(
            "SELECT lease FROM notifications WHERE state = 'pending' AND lease_until > @Ahead", row => row.GetString(0), transaction.Now + Tolerance);

        var ended = 0;
        foreach (var lease in leases)
        {
            if (_leases.TryAdd(lease, clock.GetTimestamp()) || clock.GetElapsedTime(_leases[lease]) < Tolerance) continue;

            ended += await transaction.ExecuteAsync(
                "UPDATE notifications SET lease_until = @Now, due_at = @Now WHERE lease = @Lease", transaction.Now, lease);
        }

        return ended;
    }
}
