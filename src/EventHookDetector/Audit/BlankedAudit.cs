using System.Data.Common;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Audit;

/// <summary>Takes what people wrote, or are called, out of the audit. The chain holds only digests of it, and goes on to hold.</summary>
internal static class BlankedAudit
{
    /// <summary>What may be blanked, in the order of ids.</summary>
    public static async Task<IReadOnlyList<AuditText>> ReadAsync(DbConnection connection, string after, int limit) =>
        [.. await connection.QueryAsync<AuditText>(
            "SELECT id, who, details FROM audit_entries WHERE id > @After ORDER BY id LIMIT @Limit", new { After = after, Limit = limit })];

    public static async Task<int> BlankAsync(DetectorTransaction transaction, IReadOnlyList<(string Id, bool Who, bool Details)> texts)
    {
        var count = 0;
        foreach (var text in texts)
        {
            if (text.Who) count += await transaction.ExecuteAsync("UPDATE audit_entries SET who = NULL, who_salt = NULL WHERE id = @Id", text.Id);
            if (text.Details) count += await transaction.ExecuteAsync("UPDATE audit_entries SET details = NULL, details_salt = NULL WHERE id = @Id", text.Id);
        }

        return count;
    }
}

/// <summary>Of an act, what may name a person.</summary>
internal sealed record AuditText
{
    public required string Id { get; init; }

    public string? Who { get; init; }

    public string? Details { get; init; }
}
