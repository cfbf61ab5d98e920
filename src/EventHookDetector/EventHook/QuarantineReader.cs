using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.EventHook;

/// <summary>Reads the quarantine back.</summary>
internal sealed class QuarantineReader(Database database)
{
    private const string Columns = "id, kind, reason, org, received_at, size, sha256, replayed_at, replay_result";

    /// <summary>Newest first.</summary>
    public async Task<(IReadOnlyList<QuarantineItem> Items, long Forgotten)> ListAsync(string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var where = new Where().And("id < @Before", "Before", before).With("Limit", limit);
        var items = await connection.QueryAsync<QuarantineItem>(new CommandDefinition(
            $"SELECT {Columns} FROM quarantine {where} ORDER BY id DESC LIMIT @Limit", where.Values, cancellationToken: cancellationToken));
        var forgotten = await connection.ExecuteScalarAsync<long>("SELECT count FROM quarantine_forgotten");
        return ([.. items], forgotten);
    }

    /// <returns>The item with its bytes; null if there is none.</returns>
    public async Task<(QuarantineItem Item, byte[] Content)?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var parameters = new { Id = id.ToLowerInvariant() };
        var item = await connection.QuerySingleOrDefaultAsync<QuarantineItem>(new CommandDefinition(
            $"SELECT {Columns} FROM quarantine WHERE id = @Id", parameters, cancellationToken: cancellationToken));
        if (item is null) return null;

        var content = await connection.ExecuteScalarAsync<byte[]>("SELECT content FROM quarantine WHERE id = @Id", parameters);
        return (item, content ?? []);
    }
}

/// <summary>Something that could not be read.</summary>
internal sealed record QuarantineItem
{
    /// <summary>A UUID of version 7: items sort by it in the order of receipt.</summary>
    public required string Id { get; init; }

    /// <summary>body: a whole POST; logEvent: one log event of it.</summary>
    public required QuarantineKind Kind { get; init; }

    /// <summary>Why it could not be read.</summary>
    public required string Reason { get; init; }

    /// <summary>The host of the Okta org; null if it could not be made out.</summary>
    public string? Org { get; init; }

    /// <summary>When it reached us.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Its length in bytes; 0 if it was too long to be kept.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of its bytes, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>When it was last replayed; null if never.</summary>
    public DateTimeOffset? ReplayedAt { get; init; }

    /// <summary>What came of that.</summary>
    public string? ReplayResult { get; init; }
}
