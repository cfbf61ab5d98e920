using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>Reads alerts back.</summary>
internal sealed class AlertReader(Database database)
{
    private const string Columns =
        """
        id, outcome, status, severity, risk_score, rule_id, rule_name, rule_version, uuid, org, event_type,
        published, received_at, window_start, window_end, verdict,
        because, expected_reset_id, exception_item_id, kind, severity_reasons, raw, raw_sha256
        """;

    // What a page may hold: log events whose texts are long, or alerts of very many log events, end it early.
    private const int MostCharacters = 4_000_000;
    private const int MostParts = 20_000;

    /// <summary>A page in the order of the filter.</summary>
    /// <returns>At most <paramref name="limit"/> alerts, fewer if they hold very much; and whether there are more behind them.</returns>
    public async Task<(IReadOnlyList<Alert> Alerts, bool IsMore)> ListAsync(
        AlertFilter filter, AlertCursor? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var values = new DynamicParameters();
        var sql = $"SELECT {Columns} FROM alerts WHERE id IN ({AlertSearch.Sql(filter, before, limit + 1, values)}) ORDER BY {AlertSearch.OrderOf(filter)} LIMIT @Limit";
        var (rows, isMore) = await ReadRowsAsync(connection, sql, values, limit, cancellationToken);
        var isCut = await CutAsync(connection, rows, cancellationToken);
        var partsOf = await PartsAsync(connection, [.. rows.Select(row => row.Id)], cancellationToken);
        return ([.. rows.Select(row => row.ToAlert(partsOf(row)))], isMore || isCut);
    }

    /// <returns>The alert and its own log event as it came; null if there is none.</returns>
    public async Task<FoundAlert?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<AlertRow>(new CommandDefinition(
            $"SELECT {Columns} FROM alerts WHERE id = @Id", new { Id = id.ToLowerInvariant() }, cancellationToken: cancellationToken));
        if (row is null) return null;

        var partsOf = await PartsAsync(connection, [row.Id], cancellationToken);
        return new(row.WithFields().ToAlert(partsOf(row)), row.Raw, row.RawSha256);
    }

    /// <summary>The log events that are merged into an alert, as they came: one at a time, in the order of <see cref="Alert.Merged"/>.</summary>
    public async IAsyncEnumerable<byte[]> MergedRawAsync(string alertId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var seen = new HashSet<string>(StringComparer.Ordinal);   // a log event about several accounts has several rows
        await foreach (var part in MergedLogEvents.OfAsync(connection, [alertId]).WithCancellation(cancellationToken))
        {
            if (seen.Add(part.Uuid)) yield return part.Raw;
        }
    }

    // One log event at a time: what an alert shows is read from it, and then it is dropped.
    private static async Task<(List<AlertRow> Rows, bool IsMore)> ReadRowsAsync(
        DbConnection connection, string sql, DynamicParameters values, int limit, CancellationToken cancellationToken)
    {
        var (rows, characters) = (new List<AlertRow>(), 0L);
        await foreach (var row in connection.QueryUnbufferedAsync<AlertRow>(sql, values).WithCancellation(cancellationToken))
        {
            if (rows.Count == limit || characters > MostCharacters) return (rows, IsMore: true);

            rows.Add(row.WithFields(keepRaw: false));
            characters += rows[^1].Characters;
        }

        return (rows, IsMore: false);
    }

    // The first alert stays, however many parts it has: a page without any would be the last one.
    private static async Task<bool> CutAsync(DbConnection connection, List<AlertRow> rows, CancellationToken cancellationToken)
    {
        var counts = await MergedLogEvents.CountAsync(connection, rows.Select(row => row.Id), cancellationToken);
        var parts = 0L;
        for (var n = 0; n < rows.Count; n++)
        {
            parts += counts.GetValueOrDefault(rows[n].Id);
            if (n == 0 || parts <= MostParts) continue;

            rows.RemoveRange(n, rows.Count - n);
            return true;
        }

        return false;
    }

    // The rows of the outbox are written by the notifications; an alert only shows them.
    private static async Task<Func<AlertRow, AlertParts>> PartsAsync(
        DbConnection connection, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var where = new Where().AndIn("subject", ids);
        var notifications = await connection.QueryAsync<NotificationRow>(new CommandDefinition(
            $"SELECT id, subject, notifier, state, attempts, last_error, sent_at FROM notifications {where} ORDER BY id",
            where.Values,
            cancellationToken: cancellationToken));
        var byAlert = notifications.ToLookup(row => row.Subject, StringComparer.Ordinal);
        var entries = (await AlertLife.EntriesAsync(connection, ids, cancellationToken))
            .ToLookup(entry => entry.AlertId, StringComparer.Ordinal);
        var merged = new List<MergedPart>();
        await foreach (var part in MergedLogEvents.OfAsync(connection, ids).WithCancellation(cancellationToken)) merged.Add(MergedPart.Of(part));
        var mergedOf = merged.ToLookup(part => part.AlertId, StringComparer.Ordinal);
        return row => new(
            [.. byAlert[row.Id].Select(notification => notification.ToNotification())], [.. entries[row.Id]], [.. mergedOf[row.Id].DistinctBy(part => part.Uuid)]);   // one of several accounts has a row of its own
    }

    private sealed record NotificationRow
    {
        public required string Id { get; init; }

        public required string Subject { get; init; }

        public required string Notifier { get; init; }

        public required string State { get; init; }

        public required long Attempts { get; init; }

        public string? LastError { get; init; }

        public DateTimeOffset? SentAt { get; init; }

        public AlertNotification ToNotification() => new(Id, Notifier, State, (int)Attempts, LastError, SentAt);
    }
}

/// <summary>An alert, and its log event as it came.</summary>
internal sealed record FoundAlert(Alert Alert, byte[] Raw, string RawHash);
