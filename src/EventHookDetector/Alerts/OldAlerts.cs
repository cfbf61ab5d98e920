using System.Data.Common;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>Alerts that have been kept for long enough. Ids sort by the time of receipt, so "older than" is a range of them.</summary>
internal static class OldAlerts
{
    // A digest is made of the alerts that its window withheld, so these stay until the window is gone. It counts where it could ask
    // NOT EXISTS, for which PostgreSQL would read all windows, each time, in order to look up a hundred.
    private const string MayGo =
        """
        0 = (SELECT COUNT(*) FROM notifications WHERE subject = alerts.id AND state = 'pending')
        AND (outcome <> 'capped' OR 0 = (
            SELECT COUNT(*) FROM alert_windows
            WHERE alert_windows.rule_id = alerts.rule_id
              AND alert_windows.window_start = alerts.window_start AND alert_windows.window_end = alerts.window_end))
        """;

    public static async Task<IReadOnlyList<string>> FindAsync(DbConnection connection, string idAfter, string idBefore, int limit) =>
        [.. await connection.QueryAsync<string>(
            $"SELECT id FROM alerts WHERE id > @After AND id < @Before AND {MayGo} ORDER BY id LIMIT @Limit",
            new { After = idAfter, Before = idBefore, Limit = limit })];

    /// <summary>Of those found, the ones that may still go, each to exactly one caller.</summary>
    public static async Task<IReadOnlyList<string>> TakeAsync(DetectorTransaction transaction, IReadOnlyList<string> ids)
    {
        var where = new Where().AndIn("id", ids);
        return [.. await transaction.ReadAsync(
            $"SELECT id FROM alerts {where} AND {MayGo} {transaction.SkipLocked}", row => row.GetString(0), where)];
    }

    /// <summary>Removes the alerts, their further targets and their notes.</summary>
    public static async Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> ids)
    {
        var entries = new Where().AndIn("alert_id", ids);
        await transaction.ExecuteAsync($"DELETE FROM alert_entries {entries}", entries);
        await AlertTargets.RemoveAsync(transaction, ids);
        var alerts = new Where().AndIn("id", ids);
        return await transaction.ExecuteAsync($"DELETE FROM alerts {alerts}", alerts);
    }
}
