using System.Data.Common;
using Dapper;
using EventHookDetector.Audit;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>The exception items as they are kept. What is over stays as long as the alerts it covered, which refer to it.</summary>
internal sealed class ExceptionItems(SharedCommit commit, Database database)
{
    private const string Columns =
        """
        id, condition, owner, reason, ticket, starts_at, ends_at, recurrence_cron, recurrence_seconds, recurrence_time_zone,
        created_at, created_by, changed_at, changed_by, ended_at, ended_by, hits, last_hit_at, announced_at, revision, preview_examined, preview_covered
        """;

    private long _changes;

    /// <summary>Another number after each change made in this process: who knows them by heart reads them again then.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <param name="item">The new item.</param>
    /// <param name="limits">Null where none apply: in a backtest.</param>
    /// <param name="also">Done in the same transaction.</param>
    /// <param name="cancellationToken">Gives up waiting for the commit.</param>
    public Task<ExceptionItemChange> AddAsync(
        ExceptionItem item, ExceptionItemLimits? limits, Func<DetectorTransaction, Task>? also, CancellationToken cancellationToken) => ChangeAsync(
        new(AuditAct.ExceptionCreated, item.CreatedBy, item.Id, Said(item)) { Item = item, Limits = limits, Also = also },
        transaction => transaction.ExecuteAsync(
            """
            INSERT INTO exception_items
                (id, condition, owner, reason, ticket, starts_at, ends_at, recurrence_cron, recurrence_seconds, recurrence_time_zone,
                 created_at, created_by, changed_at, changed_by, preview_examined, preview_covered, hits, revision)
            VALUES
                (@Id, @Condition, @Owner, @Reason, @Ticket, @StartsAt, @EndsAt, @Cron, @Seconds, @TimeZone,
                 @CreatedAt, @CreatedBy, @ChangedAt, @ChangedBy, @PreviewExamined, @PreviewCovered, 0, (SELECT COALESCE(MAX(revision), 0) + 1 FROM exception_items))
            """,
            item.Id, item.Condition, item.Owner, item.Reason, item.Ticket, item.StartsAt, item.EndsAt,
            item.RecurrenceCron, item.RecurrenceSeconds, item.RecurrenceTimeZone,
            item.CreatedAt, item.CreatedBy, item.ChangedAt, item.ChangedBy, item.PreviewExamined, item.PreviewCovered),
        cancellationToken);

    public Task<ExceptionItemChange> ChangeAsync(
        ExceptionItem item, ExceptionItemLimits limits, Func<DetectorTransaction, Task> also, CancellationToken cancellationToken) => ChangeAsync(
        new(AuditAct.ExceptionChanged, item.ChangedBy, item.Id, Said(item)) { Item = item, Limits = limits, Also = also },
        transaction => transaction.ExecuteAsync(
            """
            UPDATE exception_items
            SET condition = @Condition, owner = @Owner, reason = @Reason, ticket = @Ticket, starts_at = @StartsAt, ends_at = @EndsAt,
                recurrence_cron = @Cron, recurrence_seconds = @Seconds, recurrence_time_zone = @TimeZone,
                announced_at = CASE WHEN ends_at < @EndsAt THEN NULL ELSE announced_at END,
                changed_at = @Now, changed_by = @ChangedBy, preview_examined = @PreviewExamined, preview_covered = @PreviewCovered,
                revision = (SELECT COALESCE(MAX(revision), 0) + 1 FROM exception_items)
            WHERE id = @Id AND ended_at IS NULL AND ends_at > @Now
            """,
            item.Condition, item.Owner, item.Reason, item.Ticket, item.StartsAt, item.EndsAt,
            item.RecurrenceCron, item.RecurrenceSeconds, item.RecurrenceTimeZone, transaction.Now, item.ChangedBy,
            item.PreviewExamined, item.PreviewCovered, item.Id),
        cancellationToken);

    /// <returns>False if it is over already.</returns>
    public async Task<bool> TryEndAsync(string id, string by, CancellationToken cancellationToken) => await ChangeAsync(
        new(AuditAct.ExceptionEnded, by, id, Details: null),
        transaction => transaction.ExecuteAsync(
            """
            UPDATE exception_items
            SET ended_at = @Now, ended_by = @By, revision = (SELECT COALESCE(MAX(revision), 0) + 1 FROM exception_items)
            WHERE id = @Id AND ended_at IS NULL AND ends_at > @Now
            """,
            transaction.Now, by, id),
        cancellationToken) == ExceptionItemChange.Done;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<ExceptionItem>> ListAsync(string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var where = new Where().And("id < @Before", "Before", before).With("Limit", limit);
        return [.. await connection.QueryAsync<ExceptionItem>(new CommandDefinition(
            $"SELECT {Columns} FROM exception_items {where} ORDER BY id DESC LIMIT @Limit", where.Values, cancellationToken: cancellationToken))];
    }

    /// <summary>Those whose latest change lies in that time, the one that would have covered most first.</summary>
    public async Task<IReadOnlyList<ExceptionItem>> ChangedInAsync(AlertWindow time, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return [.. await connection.QueryAsync<ExceptionItem>(new CommandDefinition(
            $"SELECT {Columns} FROM exception_items WHERE changed_at >= @Start AND changed_at < @End ORDER BY COALESCE(preview_covered, 0) DESC, revision DESC LIMIT @Limit",
            new { time.Start, time.End, Limit = limit }, cancellationToken: cancellationToken))];
    }

    public async Task<ExceptionItem?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ExceptionItem>(new CommandDefinition(
            $"SELECT {Columns} FROM exception_items WHERE id = @Id", new { Id = id.ToLowerInvariant() }, cancellationToken: cancellationToken));
    }

    /// <summary>Counts what it covered.</summary>
    /// <returns>False if it has ended or was changed since it was read: then it covers nothing.</returns>
    public static async Task<bool> TryHitAsync(DetectorTransaction transaction, ExceptionItem item) =>
        await transaction.ExecuteAsync(
            """
            UPDATE exception_items SET hits = hits + 1, last_hit_at = @Now
            WHERE id = @Id AND revision = @Revision AND ended_at IS NULL AND ends_at > @Now
            """,
            transaction.Now, item.Id, item.Revision) == 1;

    /// <summary>The number of the latest change of any.</summary>
    public static async Task<long> RevisionAsync(DetectorTransaction transaction) =>
        (await transaction.ReadAsync("SELECT COALESCE(MAX(revision), 0) FROM exception_items", row => row.GetInt64(0)))[0];

    /// <summary>Those that are not over, oldest first.</summary>
    public static Task<IReadOnlyList<ExceptionItem>> StandingAsync(DetectorTransaction transaction) => transaction.QueryAsync<ExceptionItem>(
        $"SELECT {Columns} FROM exception_items WHERE ended_at IS NULL AND ends_at > @Now ORDER BY id", transaction.Now);

    /// <summary>Those that were over before <paramref name="before"/>. The latest change is never among them: its number tells what is newer.</summary>
    public static async Task<IReadOnlyList<string>> FindOldAsync(DbConnection connection, string idBefore, DateTimeOffset before, int limit) =>
        [.. await connection.QueryAsync<string>(
            """
            SELECT id FROM exception_items
            WHERE id < @IdBefore AND COALESCE(ended_at, ends_at) < @Before AND revision < (SELECT MAX(revision) FROM exception_items)
              AND 0 = (SELECT COUNT(*) FROM notifications WHERE subject = exception_items.id AND state = 'pending')
            LIMIT @Limit
            """,
            new { IdBefore = idBefore, Before = before, Limit = limit })];

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> ids)
    {
        var where = new Where().AndIn("id", ids);
        return transaction.ExecuteAsync($"DELETE FROM exception_items {where}", where);
    }

    private Task<ExceptionItemChange> ChangeAsync(Change change, Func<DetectorTransaction, Task<int>> write, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            // Each change has a number of its own, whoever else is changing something.
            await transaction.LockAsync("exception items"u8.ToArray());
            transaction.AfterCommit(() => Interlocked.Increment(ref _changes));
            if (change is { Item: { } item, Limits: { } limits } && !await HasRoomAsync(transaction, item, limits)) return ExceptionItemChange.IsTooMuch;
            if (await write(transaction) == 0) return ExceptionItemChange.IsOver;

            await AuditTrail.AddAsync(transaction, change.Act, change.Who, change.Id, change.Details);
            if (change.Also is { } also) await also(transaction);
            return ExceptionItemChange.Done;
        },
        cancellationToken);

    // Read and then written: the lock keeps other processes away, and this the other work of the same commit.
    private static async Task<bool> HasRoomAsync(DetectorTransaction transaction, ExceptionItem item, ExceptionItemLimits limits)
    {
        await transaction.AloneAsync();
        var (items, characters) = (await transaction.ReadAsync(
            "SELECT COUNT(*), COALESCE(SUM(LENGTH(condition)), 0) FROM exception_items WHERE ended_at IS NULL AND ends_at > @Now AND id <> @Id",
            row => (row.GetInt64(0), row.GetInt64(1)), transaction.Now, item.Id))[0];
        return items < limits.Items && characters + item.Condition.Length <= limits.Characters;
    }

    private static object Said(ExceptionItem item) => new
    {
        item.Condition,
        item.Owner,
        item.Reason,
        item.Ticket,
        item.StartsAt,
        item.EndsAt,
        item.RecurrenceCron,
        item.RecurrenceSeconds,
        item.RecurrenceTimeZone,
    };

    private sealed record Change(string Act, string Who, string Id, object? Details)
    {
        public ExceptionItem? Item { get; init; }

        public ExceptionItemLimits? Limits { get; init; }

        public Func<DetectorTransaction, Task>? Also { get; init; }
    }
}

[Migration(202611240020, "Exception items")]
public sealed class CreateExceptionItems : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE exception_items (
            id TEXT NOT NULL PRIMARY KEY,
            condition TEXT NOT NULL,
            owner TEXT NOT NULL,
            reason TEXT NOT NULL,
            ticket TEXT NULL,
            starts_at {time} NULL,
            ends_at {time} NOT NULL,
            recurrence_cron TEXT NULL,
            recurrence_seconds INTEGER NULL,
            recurrence_time_zone TEXT NULL,
            created_at {time} NOT NULL,
            created_by TEXT NOT NULL,
            changed_at {time} NOT NULL,
            changed_by TEXT NOT NULL,
            ended_at {time} NULL,
            ended_by TEXT NULL,
            hits INTEGER NOT NULL,
            last_hit_at {time} NULL,
            revision INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX exception_items_revision ON exception_items (revision);
        CREATE INDEX exception_items_standing ON exception_items (ends_at) WHERE ended_at IS NULL
        """;
}

[Migration(202611300020, "What exception items would have covered")]
public sealed class AddExceptionItemPreview : SqlMigration
{
    protected override string Sql =>
        """
        ALTER TABLE exception_items ADD COLUMN preview_examined INTEGER NULL;
        ALTER TABLE exception_items ADD COLUMN preview_covered INTEGER NULL
        """;
}
