using System.Data.Common;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Detection;

/// <summary>Log events that were looked at so long ago that Okta will not deliver them again.</summary>
internal static class OldProcessedLogEvents
{
    // What is kept of a log event must be remembered too, or it could come a second time and find its place taken. It counts where it
    // could ask NOT EXISTS, for which PostgreSQL might read the whole other table.
    private const string IsOld =
        "seen_at < @Before AND 0 = (SELECT COUNT(*) FROM merged_log_events WHERE merged_log_events.key = processed_log_events.key)";

    public static async Task<IReadOnlyList<byte[]>> FindAsync(DbConnection connection, KeySlice keys, DateTimeOffset before, int limit) =>
        [.. await connection.QueryAsync<byte[]>(
            $"SELECT key FROM processed_log_events WHERE key >= @From AND key < @To AND {IsOld} ORDER BY key LIMIT @Limit",
            new { keys.From, keys.To, Before = before, Limit = limit })];

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<byte[]> keys, DateTimeOffset before)
    {
        var where = new Where().AndIn("key", keys).With("Before", before);
        return transaction.ExecuteAsync($"DELETE FROM processed_log_events {where} AND {IsOld}", where);
    }
}
