using System.Data.Common;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>Windows that were over long ago. Their ids count, so the oldest are found without an index of the time.</summary>
internal static class OldWindows
{
    /// <summary>The next windows, the oldest first, roughly: what was told late may belong to one of long ago.</summary>
    public static async Task<IReadOnlyList<OldWindow>> FindAsync(DbConnection connection, long idAfter, int limit) =>
        [.. await connection.QueryAsync<OldWindow>(
            "SELECT id, rule_id, window_start, window_end, capped, digest_at FROM alert_windows WHERE id > @After ORDER BY id LIMIT @Limit",
            new { After = idAfter, Limit = limit })];

    /// <summary>The newcomers of a flood can be many, so no more than <paramref name="limit"/> go at once.</summary>
    public static Task<int> RemoveNewcomersAsync(DetectorTransaction transaction, IReadOnlyList<OldWindow> windows, int limit)
    {
        var where = new Where().AndIn("id", windows.Select(window => window.Id)).With("Limit", limit);
        return transaction.ExecuteAsync(
            $"""
            DELETE FROM alert_window_newcomers WHERE (rule_id, window_start, window_end, role, name) IN (
                SELECT newcomers.rule_id, newcomers.window_start, newcomers.window_end, newcomers.role, newcomers.name
                FROM (SELECT * FROM alert_windows {where}) AS windows
                JOIN alert_window_newcomers AS newcomers
                  ON newcomers.rule_id = windows.rule_id
                  AND newcomers.window_start = windows.window_start AND newcomers.window_end = windows.window_end
                LIMIT @Limit)
            """,
            where);
    }

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<OldWindow> windows)
    {
        var where = new Where().AndIn("id", windows.Select(window => window.Id));
        return transaction.ExecuteAsync($"DELETE FROM alert_windows {where}", where);
    }
}

/// <summary>A window that may be old.</summary>
internal sealed record OldWindow
{
    public required long Id { get; init; }

    public required string RuleId { get; init; }

    public required DateTimeOffset WindowStart { get; init; }

    public required DateTimeOffset WindowEnd { get; init; }

    public required long Capped { get; init; }

    public DateTimeOffset? DigestAt { get; init; }

    public bool OwesItsDigest => Capped > 0 && DigestAt is null;
}
