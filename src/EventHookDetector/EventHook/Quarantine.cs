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
    private const int Batch = 100;
    private const int MaxRounds = 10;

    private readonly Lock _lock = new();
    private DateTimeOffset _lastId;

    static Quarantine() => Telemetry.Quarantined.Expect(Enum.GetNames<QuarantineKind>());

    /// <returns>The item's id, once it is on disk.</returns>
    public async Task<string> KeepAsync(QuarantineKind kind, string reason, string? org, byte[] content) =>
        (await KeepAsync(kind, [new(reason, org, content)]))[0];

    /// <summary>Keeps several items in one commit, with one statement.</summary>
    /// <returns>Their ids, once they are on disk.</returns>
    public async Task<IReadOnlyList<string>> KeepAsync(QuarantineKind kind, IReadOnlyList<Unreadable> items)
    {
        if (items.Count == 0) return [];

        var receivedAt = clock.GetUtcNow();
        var ids = items.Select(_ => NextId(receivedAt)).ToList();
        var values = new List<object?>();
        for (var i = 0; i < items.Count; i++)
        {
            var (reason, org, content) = items[i];
            values.AddRange([ids[i], kind.ToString(), reason, org, receivedAt, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), content]);
        }

        var (sql, bytes) = (InsertOf(items.Count), items.Sum(item => (long)item.Content.Length));
        await commit.RunForDeliveryAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(sql, [.. values]);
                return await ForgetOldestAsync(transaction, items.Count, bytes);
            },
            CancellationToken.None);
        for (var i = 0; i < items.Count; i++)
        {
            Telemetry.Quarantined.Add(kind.ToString());
            Log.Kept(logger, kind, ids[i], items[i].Content.Length, items[i].Reason);
        }

        return ids;
    }

    /// <summary>Counts the items, since an older version that runs beside this one does not, and deletes those that are too old or too much.</summary>
    public async Task<int> RecountAsync(DetectorTransaction transaction)
    {
        await transaction.ExecuteAsync(
            "UPDATE quarantine_forgotten SET items = (SELECT COUNT(*) FROM quarantine), bytes = (SELECT COALESCE(SUM(size), 0) FROM quarantine)");
        return await ForgetOldestAsync(transaction, added: 0, addedBytes: 0);
    }

    // Never the newest item, unless it is too old, and no delivery that is not finished: its resets would go unseen.
    private async Task<int> ForgetOldestAsync(DetectorTransaction transaction, long added, long addedBytes)
    {
        var (max, tooOld, forgotten) = (options.Value, transaction.Now - options.Value.MaxAge, 0);
        var (items, bytes) = await CountAsync(transaction, added, addedBytes, forgotten: 0);
        for (var round = 0; round < MaxRounds; round++)
        {
            var oldest = await transaction.ReadAsync(
                "SELECT id, size, received_at < @TooOld FROM quarantine WHERE progress IS NULL OR progress <> 'unfinished' ORDER BY id LIMIT @Batch",
                row => (Id: row.GetString(0), Size: row.GetInt64(1), IsTooOld: row.GetBoolean(2)),
                tooOld, Batch);
            var (itemsLeft, bytesLeft) = (items, bytes);
            var ids = oldest.TakeWhile(item =>
            {
                var goes = item.IsTooOld || (itemsLeft > 1 && (itemsLeft > max.MaxItems || bytesLeft > max.MaxBytes));
                (itemsLeft, bytesLeft) = (itemsLeft - 1, bytesLeft - item.Size);
                return goes;
            }).Select(item => item.Id).ToList();
            if (ids.Count == 0) break;

            forgotten += await RemoveAsync(transaction, ids);
            if (ids.Count < Batch) break;
            (items, bytes) = await CountAsync(transaction, 0, 0, forgotten: 0);
        }

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
        var sizes = await transaction.ReadAsync($"DELETE FROM quarantine {where} RETURNING size", row => row.GetInt64(0), where);
        if (sizes.Count > 0) await CountAsync(transaction, -sizes.Count, -sizes.Sum(), forgotten: sizes.Count);
        return sizes.Count;
    }

    /// <summary>Changes what is known of the number and the length of all items, so that no insert has to look at all of them.</summary>
    internal static async Task<(long Items, long Bytes)> CountAsync(DetectorTransaction transaction, long items, long bytes, long forgotten) => (await transaction.ReadAsync(
        "UPDATE quarantine_forgotten SET items = items + @Items, bytes = bytes + @Bytes, count = count + @Forgotten RETURNING items, bytes",
        row => (row.GetInt64(0), row.GetInt64(1)),
        items, bytes, forgotten)).Single();

    /// <summary>Notes that an item was replayed; it stays, so that one can see what became of it.</summary>
    public Task MarkReplayedAsync(string id, string result) => commit.RunAsync(
        transaction => transaction.ExecuteAsync(
            "UPDATE quarantine SET replayed_at = @Now, replay_result = @Result WHERE id = @Id", transaction.Now, result, id),
        CancellationToken.None);

    /// <summary>Ids tell which item is the newest, and a millisecond is too long for that: each id is at least one later than the last.</summary>
    internal string NextId(DateTimeOffset now)
    {
        lock (_lock)
        {
            var later = _lastId.AddMilliseconds(1);
            _lastId = now > later ? now : later;
            return Guid.CreateVersion7(_lastId).ToString();
        }
    }

    private static string InsertOf(int rows) =>
        "INSERT INTO quarantine (id, kind, reason, org, received_at, size, sha256, content) VALUES "
        + string.Join(", ", Enumerable.Range(0, rows).Select(i => $"(@Id{i}, @Kind{i}, @Reason{i}, @Org{i}, @ReceivedAt{i}, @Size{i}, @Hash{i}, @Content{i})"));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Kept in the quarantine: {Kind} {Id}, {Size} bytes. {Reason}")]
        public static partial void Kept(ILogger logger, QuarantineKind kind, string id, int size, string reason);
    }
}

/// <summary>Content that could not be read, and why.</summary>
internal sealed record Unreadable(string Reason, string? Org, byte[] Content);

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

[Migration(202611300121, "The length of the quarantine, and deliveries that are not finished")]
public sealed class CountQuarantine : SqlMigration
{
    protected override string Sql =>
        """
        ALTER TABLE quarantine_forgotten ADD COLUMN items INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE quarantine_forgotten ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
        UPDATE quarantine_forgotten SET items = (SELECT COUNT(*) FROM quarantine), bytes = (SELECT COALESCE(SUM(size), 0) FROM quarantine);
        ALTER TABLE quarantine ADD COLUMN progress TEXT NULL;
        ALTER TABLE quarantine ADD COLUMN claimed_until {time} NULL;
        CREATE INDEX quarantine_progress ON quarantine (progress, sha256) WHERE progress IS NOT NULL
        """;
}
