using System.Data.Common;
using Dapper;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>
/// The log events that are part of a reset without being the one its alert was raised for; and those that may become so, because
/// they are alone so far and wait for more.
/// </summary>
internal static class MergedLogEvents
{
    public const string Waiting =
        """
        burst = @Target AND merged_log_events.alert_id IS NULL
        AND (at BETWEEN @Earliest AND @Latest OR (transaction_id = @TransactionId AND at BETWEEN @DayBefore AND @DayAfter))
        """;

    private const string Columns = "alert_id, rule_id, severity_reasons, uuid, org, event_type, received_at, raw";

    /// <summary>Makes it part of the alert that takes it in; without one, it waits, unless it completes what waits for it.</summary>
    /// <returns>Null for that.</returns>
    public static async Task<BurstPlace?> TryAddAsync(DetectorTransaction transaction, BurstPart part)
    {
        var logEvent = part.LogEvent;
        var added = await transaction.ReadAsync(
            $"""
            WITH reset AS MATERIALIZED (SELECT {Bursts.FindSql(part)} AS alert_id)
            INSERT INTO merged_log_events
                (key, burst, alert_id, rule_id, at, transaction_id, actor, performer, severity_reasons, uuid, org, event_type, received_at, raw)
            SELECT @Key, @Target, reset.alert_id, @RuleId, @At, @TransactionId, @Actor, @Performer, @SeverityReasons, @Uuid, @Org, @EventType, @ReceivedAt, @Raw
            FROM reset
            WHERE reset.alert_id IS NOT NULL OR (SELECT COUNT(*) FROM merged_log_events WHERE {Waiting}) + 1 < @AtLeast
            RETURNING alert_id
            """,
            row => row.IsDBNull(0) ? new BurstPlace(BurstRole.Waits, AlertId: null) : new(BurstRole.Joins, row.GetString(0)),
            part.Target, part.DayBefore, part.DayAfter, part.Earliest, part.Latest, part.TransactionId, part.Actor, part.Performer,
            part.RowKey, part.RuleId, part.At, part.SeverityReasons, logEvent.Uuid, logEvent.Org, logEvent.EventType, part.ReceivedAt, logEvent.Json,
            part.AtLeast);
        return added.SingleOrDefault();
    }

    /// <summary>Stores it for one of several accounts, merged into an alert or pending.</summary>
    public static Task AddAsync(DetectorTransaction transaction, BurstPart part, string? alertId)
    {
        var logEvent = part.LogEvent;
        return transaction.ExecuteAsync(
            """
            INSERT INTO merged_log_events
                (key, burst, alert_id, rule_id, at, transaction_id, actor, performer, severity_reasons, uuid, org, event_type, received_at, raw)
            VALUES
                (@Key, @Target, @AlertId, @RuleId, @At, @TransactionId, @Actor, @Performer, @SeverityReasons, @Uuid, @Org, @EventType, @ReceivedAt, @Raw)
            """,
            part.RowKey, part.Target, alertId, part.RuleId, part.At, part.TransactionId, part.Actor, part.Performer, part.SeverityReasons,
            logEvent.Uuid, logEvent.Org, logEvent.EventType, part.ReceivedAt, logEvent.Json);
    }

    /// <summary>Counts the pending log events about an account.</summary>
    public static async Task<long> CountWaitingAsync(DetectorTransaction transaction, BurstPart part) => (await transaction.ReadAsync(
        $"SELECT COUNT(*) FROM merged_log_events WHERE {Waiting}", row => row.GetInt64(0),
        part.Target, part.Earliest, part.Latest, part.TransactionId, part.DayBefore, part.DayAfter))[0];

    /// <summary>What waited is part of the alert that begins.</summary>
    /// <returns>Of each, why it matters more.</returns>
    public static async Task<IReadOnlyList<string?>> TakeWaitingAsync(DetectorTransaction transaction, BurstPart part) =>
        await transaction.ReadAsync(
            $"UPDATE merged_log_events SET alert_id = @AlertId WHERE {Waiting} RETURNING severity_reasons",
            row => row.IsDBNull(0) ? null : row.GetString(0),
            part.AlertId, part.Target, part.Earliest, part.Latest, part.TransactionId, part.DayBefore, part.DayAfter);

    /// <summary>Of an alert that nobody was told of, what another hand did waits again.</summary>
    public static Task LetGoOfOthersAsync(DetectorTransaction transaction, BurstPart part) =>
        transaction.ExecuteAsync(
            "UPDATE merged_log_events SET alert_id = NULL WHERE alert_id = @AlertId AND performer <> @Performer",
            part.AlertId, part.Performer);

    /// <summary>In the order of receipt, one at a time: there may be any number, each of any length.</summary>
    public static IAsyncEnumerable<MergedLogEvent> OfAsync(DbConnection connection, IEnumerable<string> alertIds)
    {
        var where = new Where().AndIn("alert_id", alertIds);
        return connection.QueryUnbufferedAsync<MergedLogEvent>($"SELECT {Columns} FROM merged_log_events {where} ORDER BY received_at, at", where.Values);
    }

    /// <summary>Number of parts of each of these alerts. An alert without parts is not listed.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> CountAsync(DbConnection connection, IEnumerable<string> alertIds, CancellationToken cancellationToken)
    {
        var where = new Where().AndIn("alert_id", alertIds);
        var counts = await connection.QueryAsync<(string AlertId, long Count)>(new CommandDefinition(
            $"SELECT alert_id, COUNT(*) FROM merged_log_events {where} GROUP BY alert_id", where.Values, cancellationToken: cancellationToken));
        return counts.ToDictionary(count => count.AlertId, count => count.Count, StringComparer.Ordinal);
    }

    /// <summary>Finds the rows of a log event: one for each account that it is about.</summary>
    /// <param name="connection">What it is read by.</param>
    /// <param name="key">See <see cref="LogEvent.Key"/>.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    public static async Task<IReadOnlyList<MergedLogEvent>> FindAsync(DbConnection connection, byte[] key, CancellationToken cancellationToken) =>
        [.. await connection.QueryAsync<MergedLogEvent>(new CommandDefinition(
            $"SELECT {Columns} FROM merged_log_events WHERE key >= @Key AND key <= @Last ORDER BY key LIMIT 200",
            new { Key = key, Last = (byte[])[.. key, .. Enumerable.Repeat(byte.MaxValue, key.Length)] },
            cancellationToken: cancellationToken))];

    public static async Task<IReadOnlyList<byte[]>> FindPartsAsync(DbConnection connection, IEnumerable<string> alertIds, int limit)
    {
        var where = new Where().AndIn("alert_id", alertIds).With("Limit", limit);
        return [.. await connection.QueryAsync<byte[]>($"SELECT key FROM merged_log_events {where} LIMIT @Limit", where.Values)];
    }

    /// <summary>What has waited in vain since before <paramref name="before"/>, among the accounts of a slice.</summary>
    public static async Task<IReadOnlyList<byte[]>> FindOldWaitingAsync(DbConnection connection, KeySlice bursts, DateTimeOffset before, int limit) =>
        [.. await connection.QueryAsync<byte[]>(
            """
            SELECT key FROM merged_log_events
            WHERE alert_id IS NULL AND burst >= @From AND burst < @To AND received_at < @Before
            LIMIT @Limit
            """,
            new { bursts.From, bursts.To, Before = before, Limit = limit })];

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<byte[]> keys)
    {
        var where = new Where().AndIn("key", keys);
        return transaction.ExecuteAsync($"DELETE FROM merged_log_events {where}", where);
    }

    /// <summary>All that is part of these alerts.</summary>
    public static Task<int> RemoveOfAsync(DetectorTransaction transaction, IReadOnlyList<string> alertIds)
    {
        var where = new Where().AndIn("alert_id", alertIds);
        return transaction.ExecuteAsync($"DELETE FROM merged_log_events {where}", where);
    }

    /// <summary>What has been taken in since it was found stays.</summary>
    public static Task<int> RemoveWaitingAsync(DetectorTransaction transaction, IReadOnlyList<byte[]> keys)
    {
        var where = new Where().AndIn("key", keys);
        return transaction.ExecuteAsync($"DELETE FROM merged_log_events {where} AND alert_id IS NULL", where);
    }
}

/// <summary>A log event that is part of a reset, or waits to be.</summary>
internal sealed record MergedLogEvent
{
    private LogEventFields? _fields;

    /// <summary>The alert it is part of; null if it is alone so far.</summary>
    public string? AlertId { get; init; }

    public required string RuleId { get; init; }

    /// <summary>The facts that raise the severity of its alert, as stored; null if there are none.</summary>
    public string? SeverityReasons { get; init; }

    public required string Uuid { get; init; }

    public string? Org { get; init; }

    public required string EventType { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required byte[] Raw { get; init; }

    public LogEventFields Fields => _fields ??= LogEventFields.Read(Raw);
}

[Migration(202611240031, "Merged log events")]
public sealed class CreateMergedLogEvents : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE merged_log_events (
            key BLOB NOT NULL PRIMARY KEY,
            burst BLOB NOT NULL,
            alert_id TEXT NULL,
            rule_id TEXT NOT NULL,
            at {time} NOT NULL,
            transaction_id TEXT NULL,
            actor TEXT NOT NULL,
            performer TEXT NOT NULL,
            severity_reasons TEXT NULL,
            uuid TEXT NOT NULL,
            org TEXT NULL,
            event_type TEXT NOT NULL,
            received_at {time} NOT NULL,
            raw BLOB NOT NULL
        );
        CREATE INDEX merged_log_events_waiting ON merged_log_events (burst) WHERE alert_id IS NULL;
        CREATE INDEX merged_log_events_alert ON merged_log_events (alert_id) WHERE alert_id IS NOT NULL;
        CREATE INDEX merged_log_events_uuid ON merged_log_events (uuid)
        """;
}
