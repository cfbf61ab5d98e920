using System.Security.Cryptography;
using EventHookDetector.Storage;
using Microsoft.Extensions.Options;

namespace EventHookDetector.EventHook;

/// <summary>
/// Deliveries with too many log events for Okta's three seconds. Their bodies are items of the quarantine until the rest of them is on disk, and for
/// some time afterwards, so that Okta's retry of the same bytes is recognised.
/// </summary>
internal sealed class UnfinishedItems(SharedCommit commit, Database database, Quarantine quarantine, IOptions<QuarantineOptions> options, TimeProvider clock) : IDisposable
{
    private const string Reason = "It has too many log events to inspect them all before Okta stops waiting. The rest is inspected in the background; nothing needs to be done.";

    // Ends the claim of a process that has died. Two that inspect the same item find duplicates, and nothing is sent twice.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _added = new(0);

    /// <returns>Null if these bytes were never unfinished; otherwise if everything in them is on disk now.</returns>
    public async Task<bool?> FindFinishedAsync(ReadOnlyMemory<byte> body)
    {
        await using var connection = await database.OpenForReadingAsync(CancellationToken.None);
        var progress = await Dapper.SqlMapper.ExecuteScalarAsync<string?>(
            connection,
            "SELECT progress FROM quarantine WHERE progress IN ('finished', 'unfinished') AND sha256 = @Hash ORDER BY progress LIMIT 1",
            new { Hash = HashOf(body) });
        return progress is null ? null : progress == "finished";
    }

    /// <returns>False if there is no room: all unfinished items together are longer than <see cref="QuarantineOptions.MaxBytes"/>.</returns>
    public async Task<bool> TryKeepAsync(string? org, DateTimeOffset receivedAt, byte[] body)
    {
        var (id, hash) = (quarantine.NextId(receivedAt), HashOf(body));
        var isKept = await commit.RunForDeliveryAsync(
            async transaction =>
            {
                var kept = await transaction.ExecuteAsync(
                    """
                    INSERT INTO quarantine (id, kind, reason, org, received_at, size, sha256, content, progress)
                    SELECT @Id, 'Body', @Reason, @Org, @ReceivedAt, @Size, @Hash, @Content, 'unfinished'
                    WHERE (SELECT COALESCE(SUM(size), 0) FROM quarantine WHERE progress = 'unfinished') < @MaxBytes
                    """,
                    id, Reason, org, receivedAt, body.Length, hash, body, options.Value.MaxBytes);
                if (kept > 0) await Quarantine.CountAsync(transaction, 1, body.Length, forgotten: 0);
                return kept > 0;
            },
            CancellationToken.None);
        if (isKept) _added.Release();
        return isKept;
    }

    /// <summary>Leaves the rest of an item that is replayed to the background.</summary>
    public async Task ContinueAsync(string id)
    {
        await commit.RunAsync(
            transaction => transaction.ExecuteAsync("UPDATE quarantine SET progress = 'unfinished', claimed_until = NULL WHERE id = @Id", id), CancellationToken.None);
        _added.Release();
    }

    /// <summary>Returns when an item was added here.</summary>
    public Task AddedAsync(CancellationToken cancellationToken) => _added.WaitAsync(cancellationToken);

    /// <summary>Ends the claims of the last process at start, where no other process can have any.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (database.Lock is not null || !await AnyAsync("claimed_until IS NOT NULL", cancellationToken)) return;

        await commit.RunAsync(transaction => transaction.ExecuteAsync("UPDATE quarantine SET claimed_until = NULL WHERE progress = 'unfinished'"), cancellationToken);
    }

    /// <returns>The oldest item that no process is at, claimed; null if there is none.</returns>
    public async Task<string?> ClaimAsync(CancellationToken cancellationToken)
    {
        if (!await AnyAsync("(claimed_until IS NULL OR claimed_until < @Now)", cancellationToken)) return null;

        var claimed = await commit.RunAsync(
            transaction => transaction.ReadAsync(
                """
                UPDATE quarantine SET claimed_until = @Until
                WHERE id = (
                        SELECT id FROM quarantine WHERE progress = 'unfinished' AND (claimed_until IS NULL OR claimed_until < @Now) ORDER BY id LIMIT 1)
                    AND (claimed_until IS NULL OR claimed_until < @Now)
                RETURNING id
                """,
                row => row.GetString(0),
                transaction.Now + Claim, transaction.Now),
            cancellationToken);
        return claimed.SingleOrDefault();
    }

    public Task FinishAsync(string id, string result) => commit.RunAsync(
        transaction => transaction.ExecuteAsync(
            "UPDATE quarantine SET progress = 'finished', claimed_until = NULL, replayed_at = @Now, replay_result = @Result WHERE id = @Id", transaction.Now, result, id),
        CancellationToken.None);

    public void Dispose() => _added.Dispose();

    // Most often there is none, and to look costs no commit.
    private async Task<bool> AnyAsync(string condition, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await Dapper.SqlMapper.ExecuteScalarAsync<long>(
            connection,
            $"SELECT COUNT(*) FROM quarantine WHERE progress = 'unfinished' AND {condition}",
            new { Now = clock.GetUtcNow() }) > 0;
    }

    private static string HashOf(ReadOnlyMemory<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body.Span));
}
