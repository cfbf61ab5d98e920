using System.Data.Common;
using Dapper;
using EventHookDetector.Audit;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Operators;

/// <summary>The keys that admins made, for people and for programs. Only their hashes are here.</summary>
internal sealed class ApiKeys(SharedCommit commit, Database database)
{
    private const string Columns = "id, hint, owner, role, created_at, created_by, ends_at, revoked_at, revoked_by";

    public Task AddAsync(ApiKey made, string key, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO api_keys (id, hash, hint, owner, role, created_at, created_by, ends_at)
                VALUES (@Id, @Hash, @Hint, @Owner, @Role, @CreatedAt, @CreatedBy, @EndsAt)
                """,
                made.Id, ApiKeyText.HashOf(key), made.Hint, made.Owner, made.Role.ToString(), made.CreatedAt, made.CreatedBy, made.EndsAt);
            return await AuditTrail.AddAsync(transaction, AuditAct.KeyCreated, made.CreatedBy, made.Id, new { made.Owner, made.Role, made.EndsAt });
        },
        cancellationToken);

    /// <returns>False if it was revoked before or has ended.</returns>
    public Task<bool> TryRevokeAsync(string id, string by, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            var won = await transaction.ExecuteAsync(
                "UPDATE api_keys SET revoked_at = @Now, revoked_by = @By WHERE id = @Id AND revoked_at IS NULL AND ends_at > @Now", transaction.Now, by, id) == 1;
            if (won) await AuditTrail.AddAsync(transaction, AuditAct.KeyRevoked, by, id);
            return won;
        },
        cancellationToken);

    /// <summary>Asked for each request, so that a key that was revoked at one replica is refused by all at once.</summary>
    public async Task<ApiKey?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ApiKey>(new CommandDefinition(
            $"SELECT {Columns} FROM api_keys WHERE hash = @Hash", new { Hash = ApiKeyText.HashOf(key) }, cancellationToken: cancellationToken));
    }

    public async Task<ApiKey?> FindByIdAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ApiKey>(new CommandDefinition(
            $"SELECT {Columns} FROM api_keys WHERE id = @Id", new { Id = id.ToLowerInvariant() }, cancellationToken: cancellationToken));
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var where = new Where().And("id < @Before", "Before", before).With("Limit", limit);
        return [.. await connection.QueryAsync<ApiKey>(new CommandDefinition(
            $"SELECT {Columns} FROM api_keys {where} ORDER BY id DESC LIMIT @Limit", where.Values, cancellationToken: cancellationToken))];
    }
}

/// <summary>A key without the key.</summary>
internal sealed record ApiKey
{
    public required string Id { get; init; }

    /// <summary>How it begins.</summary>
    public required string Hint { get; init; }

    /// <summary>Who uses it.</summary>
    public required string Owner { get; init; }

    public required OperatorRole Role { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset EndsAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? RevokedBy { get; init; }

    public ApiKeyState StateAt(DateTimeOffset now) =>
        RevokedAt is not null ? ApiKeyState.Revoked : EndsAt <= now ? ApiKeyState.Ended : ApiKeyState.Valid;
}

/// <summary>Whether a key opens anything.</summary>
internal enum ApiKeyState
{
    /// <summary>It does.</summary>
    Valid,

    /// <summary>No longer: its end has come.</summary>
    Ended,

    /// <summary>No longer: an admin took it back.</summary>
    Revoked,
}

[Migration(202611240110, "Keys that admins make")]
public sealed class CreateApiKeys : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE api_keys (
            id TEXT NOT NULL PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE,
            hint TEXT NOT NULL,
            owner TEXT NOT NULL,
            role TEXT NOT NULL,
            created_at {time} NOT NULL,
            created_by TEXT NOT NULL,
            ends_at {time} NOT NULL,
            revoked_at {time} NULL,
            revoked_by TEXT NULL
        )
        """;
}
