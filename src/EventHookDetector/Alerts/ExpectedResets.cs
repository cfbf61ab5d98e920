using System.Data.Common;
using Dapper;
using EventHookDetector.Audit;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>Announced resets: whose factors, by which ticket, approved by whom, from when until when. Each is used up by one reset.</summary>
internal sealed class ExpectedResets(SharedCommit commit, Database database)
{
    private const string Columns =
        "id, target, ticket, approver, requested_by, from_at, until_at, announced_at, announced_by, withdrawn_at, used_at, used_by";

    private const string Open =
        """
        target IN (@TargetId, @TargetLogin) AND used_at IS NULL AND withdrawn_at IS NULL
        AND from_at <= @HappenedAt AND until_at > @HappenedAt
        """;

    public Task AnnounceAsync(ExpectedReset expected, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO expected_resets (id, target, ticket, approver, requested_by, from_at, until_at, announced_at, announced_by)
                VALUES (@Id, @Target, @Ticket, @Approver, @RequestedBy, @FromAt, @UntilAt, @AnnouncedAt, @AnnouncedBy)
                """,
                expected.Id, AlertRecord.Searchable(expected.Target), expected.Ticket, expected.Approver, expected.RequestedBy,
                expected.FromAt, expected.UntilAt, expected.AnnouncedAt, expected.AnnouncedBy);
            return await AuditTrail.AddAsync(
                transaction, AuditAct.ExpectedResetAnnounced, expected.AnnouncedBy, expected.Id,
                new { expected.Target, expected.Ticket, expected.Approver, expected.RequestedBy, expected.FromAt, expected.UntilAt });
        },
        cancellationToken);

    /// <returns>False if it was used or withdrawn, or has lapsed: the record of an ended announcement never changes.</returns>
    public Task<bool> TryWithdrawAsync(string id, string by, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            var won = await transaction.ExecuteAsync(
                "UPDATE expected_resets SET withdrawn_at = @Now WHERE id = @Id AND used_at IS NULL AND withdrawn_at IS NULL AND until_at > @Now",
                transaction.Now, id) == 1;
            if (won) await AuditTrail.AddAsync(transaction, AuditAct.ExpectedResetWithdrawn, by, id);
            return won;
        },
        cancellationToken);

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<ExpectedReset>> ListAsync(string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var where = new Where().And("id < @Before", "Before", before).With("Limit", limit);
        return [.. await connection.QueryAsync<ExpectedReset>(new CommandDefinition(
            $"SELECT {Columns} FROM expected_resets {where} ORDER BY id DESC LIMIT @Limit", where.Values, cancellationToken: cancellationToken))];
    }

    public async Task<ExpectedReset?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ExpectedReset>(new CommandDefinition(
            $"SELECT {Columns} FROM expected_resets WHERE id = @Id", new { Id = id.ToLowerInvariant() }, cancellationToken: cancellationToken));
    }

    /// <summary>Uses up the announcement that ends first, of those for this target and time.</summary>
    /// <returns>The announcement, for exactly one reset; null if there is none left.</returns>
    public static async Task<UsedReset?> UseAsync(
        DetectorTransaction transaction, string? targetId, string? targetLogin, DateTimeOffset happenedAt, string uuid)
    {
        var used = await transaction.ReadAsync(
            $"""
            WITH open AS MATERIALIZED (
                SELECT id FROM expected_resets WHERE {Open} ORDER BY until_at, id LIMIT 1 {transaction.SkipLocked})
            UPDATE expected_resets SET used_at = @Now, used_by = @Uuid WHERE id IN (SELECT id FROM open) RETURNING id, ticket, approver
            """,
            row => new UsedReset(row.GetString(0), row.GetString(1), row.GetString(2)),
            targetId, targetLogin, happenedAt, transaction.Now, uuid);
        return used.SingleOrDefault();
    }

    /// <summary>Uses up one announcement for each target, or none at all.</summary>
    public static async Task<IReadOnlyList<UsedReset>> UseForAllAsync(
        DetectorTransaction transaction, IReadOnlyList<(string? Id, string? Login)> targets, DateTimeOffset happenedAt, string uuid)
    {
        // Another reset in this commit must not find an announcement used that is about to be given back.
        await transaction.AloneAsync();

        // Read first: a used announcement stays locked until the commit, even if it is given back.
        foreach (var (id, login) in targets)
        {
            var open = await transaction.ReadAsync($"SELECT id FROM expected_resets WHERE {Open} LIMIT 1", row => row.GetString(0), id, login, happenedAt);
            if (open.Count == 0) return [];
        }

        var used = new List<UsedReset>();
        foreach (var (id, login) in targets)
        {
            if (await UseAsync(transaction, id, login, happenedAt, uuid) is { } reset)
            {
                used.Add(reset);
                continue;
            }

            foreach (var other in used) await transaction.ExecuteAsync("UPDATE expected_resets SET used_at = NULL, used_by = NULL WHERE id = @Id", other.Id);
            return [];
        }

        return used;
    }

    /// <returns>The ids of the announcements that this log event used up.</returns>
    public static async Task<IReadOnlyList<string>> UsedByAsync(DbConnection connection, string uuid, CancellationToken cancellationToken) =>
        [.. await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT id FROM expected_resets WHERE used_by = @Uuid AND used_by IS NOT NULL ORDER BY id", new { Uuid = uuid }, cancellationToken: cancellationToken))];

    /// <summary>Those that were used, withdrawn or over before <paramref name="before"/>.</summary>
    public static async Task<IReadOnlyList<string>> FindOldAsync(DbConnection connection, string idBefore, DateTimeOffset before, int limit) =>
        [.. await connection.QueryAsync<string>(
            "SELECT id FROM expected_resets WHERE id < @IdBefore AND COALESCE(used_at, withdrawn_at, until_at) < @Before LIMIT @Limit",
            new { IdBefore = idBefore, Before = before, Limit = limit })];

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> ids)
    {
        var where = new Where().AndIn("id", ids);
        return transaction.ExecuteAsync($"DELETE FROM expected_resets {where}", where);
    }
}

/// <summary>An announcement that was used up: id, ticket and approver.</summary>
internal sealed record UsedReset(string Id, string Ticket, string Approver);

/// <summary>One announced reset.</summary>
internal sealed record ExpectedReset
{
    public required string Id { get; init; }

    /// <summary>A login or an id of Okta's.</summary>
    public required string Target { get; init; }

    /// <summary>Where it can be looked up why.</summary>
    public required string Ticket { get; init; }

    /// <summary>Who said yes.</summary>
    public required string Approver { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>From then on it is expected.</summary>
    public required DateTimeOffset FromAt { get; init; }

    /// <summary>From then on it no longer is.</summary>
    public required DateTimeOffset UntilAt { get; init; }

    public required DateTimeOffset AnnouncedAt { get; init; }

    /// <summary>The operator who announced it.</summary>
    public required string AnnouncedBy { get; init; }

    public DateTimeOffset? WithdrawnAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>The uuid of the log event that used it up.</summary>
    public string? UsedBy { get; init; }

    public ExpectedResetState StateAt(DateTimeOffset now) => this switch
    {
        { UsedAt: not null } => ExpectedResetState.Used,
        { WithdrawnAt: not null } => ExpectedResetState.Withdrawn,
        _ when now >= UntilAt => ExpectedResetState.Lapsed,
        _ => ExpectedResetState.Announced,
    };
}

/// <summary>How far an announced reset has come.</summary>
internal enum ExpectedResetState
{
    /// <summary>It may still happen.</summary>
    Announced,

    /// <summary>It happened.</summary>
    Used,

    /// <summary>It was taken back before it happened.</summary>
    Withdrawn,

    /// <summary>It never happened.</summary>
    Lapsed,
}

[Migration(202611240009, "Expected resets")]
public sealed class CreateExpectedResets : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE expected_resets (
            id TEXT NOT NULL PRIMARY KEY,
            target TEXT NOT NULL,
            ticket TEXT NOT NULL,
            approver TEXT NOT NULL,
            requested_by TEXT NULL,
            from_at {time} NOT NULL,
            until_at {time} NOT NULL,
            announced_at {time} NOT NULL,
            announced_by TEXT NOT NULL,
            withdrawn_at {time} NULL,
            used_at {time} NULL,
            used_by TEXT NULL
        );
        CREATE INDEX expected_resets_open ON expected_resets (target, until_at) WHERE used_at IS NULL AND withdrawn_at IS NULL;
        CREATE INDEX expected_resets_used ON expected_resets (used_by) WHERE used_by IS NOT NULL;
        ALTER TABLE alerts ADD COLUMN because TEXT NULL;
        ALTER TABLE alerts ADD COLUMN expected_reset_id TEXT NULL;
        ALTER TABLE alerts ADD COLUMN exception_item_id TEXT NULL;
        ALTER TABLE alerts ADD COLUMN kind TEXT NULL;
        ALTER TABLE alerts ADD COLUMN reminded_at {time} NULL;
        CREATE INDEX alerts_uuid ON alerts (uuid)
        """;
}
