using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using FluentMigrator;
using Microsoft.Extensions.Options;

namespace EventHookDetector.EventHook;

/// <summary>
/// Keeps authenticated bodies and log events that we could not read: Okta will not send them again, but a later version of
/// ours may be able to read them.
/// </summary>
internal sealed partial class Quarantine(
    SharedCommit commit, IOptions<QuarantineOptions> options, TimeProvider clock, ILogger<Quarantine> logger)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _lastId;

    static Quarantine() => Telemetry.Quarantined.Expect(Enum.GetNames<QuarantineKind>());

    /// <returns>The item's id, once it is on disk.</returns>
    public async Task<string> KeepAsync(QuarantineKind kind, string reason, string? org, byte[] content)
    {
        var receivedAt = clock.GetUtcNow();
        var id = NextId(receivedAt);
        await commit.RunForDeliveryAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO quarantine (id, kind, reason, org, received_at, size, sha256, content)
                    VALUES (@Id, @Kind, @Reason, @Org, @ReceivedAt, @Size, @Hash, @Content)
                    """,
                    id, kind.ToString(), reason, org, receivedAt, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), content);
                return await ForgetOldestAsync(transaction);
            },
            CancellationToken.None);
        Telemetry.Quarantined.Add(kind.ToString());
        Log.Kept(logger, kind, id, content.Length, reason);
        return id;
    }

    /// <summary>Lets go of what is too old or too much, but never of the newest item.</summary>
    public async Task<int> ForgetOldestAsync(DetectorTransaction transaction)
    {
        var (max, oldest) = (options.Value, transaction.Now - options.Value.MaxAge);
        var forgotten = await transaction.ExecuteAsync(
            """
            DELETE FROM quarantine WHERE id IN (
                SELECT id FROM (
                    SELECT id, received_at, ROW_NUMBER() OVER (ORDER BY id DESC) AS place, SUM(size) OVER (ORDER BY id DESC) AS bytes
                    FROM quarantine) AS placed
                WHERE (place > @MaxItems OR bytes > @MaxBytes) AND place > 1 OR received_at < @Oldest)
            """,
            max.MaxItems, max.MaxBytes, oldest);
        if (forgotten > 0)
            await transaction.ExecuteAsync("UPDATE quarantine_forgotten SET count = count + @Count", forgotten);
        return forgotten;
    }

    /// <summary>The items whose content says something that <paramref name="names"/> holds for.</summary>
    public static async Task<IReadOnlyList<string>> FindNamingAsync(DbConnection connection, Func<byte[], bool> names)
    {
        var found = new List<string>();
        for (var after = ""; await connection.QuerySingleOrDefaultAsync<(string Id, byte[] Content)>(
            "SELECT id, content FROM quarantine WHERE id > @After ORDER BY id LIMIT 1", new { After = after }) is { Id: not null } item; after = item.Id)
        {
            if (names(item.Content)) found.Add(item.Id);
        }

        return found;
    }

    public static async Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> ids)
    {
        var where = new Where().AndIn("id", ids);
        var removed = await transaction.ExecuteAsync($"DELETE FROM quarantine {where}", where);
        if (removed > 0) await transaction.ExecuteAsync("UPDATE quarantine_forgotten SET count = count + @Count", removed);
        return removed;
    }

    /// <summary>Notes that an item was replayed; it stays, so that one can see what became of it.</summary>
    public Task MarkReplayedAsync(string id, string result) => commit.RunAsync(
        transaction => transaction.ExecuteAsync(
            "UPDATE quarantine SET replayed_at = @Now, replay_result = @Result WHERE id = @Id", transaction.Now, result, id),
        CancellationToken.None);

    /// <summary>Ids tell which item is the newest, and a millisecond is too long for that: each id is at least one later than the last.</summary>
    private string NextId(DateTimeOffset now)
    {
        lock (_lock)
        {
            var later = _lastId.AddMilliseconds(1);
            _lastId = now > later ? now : later;
            return Guid.CreateVersion7(_lastId).ToString();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Kept in the quarantine: {Kind} {Id}, {Size} bytes. {Reason}")]
        public static partial void Kept(ILogger logger, QuarantineKind kind, string id, int size, string reason);
    }
}

/// <summary>What an item of the quarantine is.</summary>
internal enum QuarantineKind
{
    /// <summary>The whole body of a POST.</summary>
    Body,

    /// <summary>One log event of a delivery whose others could be read.</summary>
    LogEvent,
}

[Migration(202611240005, "The quarantine")]
public sealed class CreateQuarantine : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE quarantine (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            reason TEXT NOT NULL,
            org TEXT NULL,
            received_at {time} NOT NULL,
            size INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            replayed_at {time} NULL,
            replay_result TEXT NULL,
            content BLOB NOT NULL
        );
        CREATE TABLE quarantine_forgotten (count INTEGER NOT NULL);
        INSERT INTO quarantine_forgotten (count) VALUES (0)
        """;
}
