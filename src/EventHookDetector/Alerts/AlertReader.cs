using Dapper;
using EventHookDetector.Okta;
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

    /// <summary>Newest first, by the order of receipt.</summary>
    public async Task<IReadOnlyList<Alert>> ListAsync(AlertFilter filter, string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var values = new DynamicParameters();
        var rows = (IReadOnlyList<AlertRow>)[.. await connection.QueryAsync<AlertRow>(new CommandDefinition(
            $"SELECT {Columns} FROM alerts WHERE id IN ({AlertSearch.Sql(filter, before, limit, values)}) ORDER BY id DESC LIMIT @Limit",
            values,
            cancellationToken: cancellationToken))];
        var partsOf = await PartsAsync(connection, rows, cancellationToken);
        return [.. rows.Select(row => row.ToAlert(partsOf(row)))];
    }

    /// <returns>The alert and its log events as they came; null if there is none.</returns>
    public async Task<FoundAlert?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<AlertRow>(new CommandDefinition(
            $"SELECT {Columns} FROM alerts WHERE id = @Id", new { Id = id.ToLowerInvariant() }, cancellationToken: cancellationToken));
        if (row is null) return null;

        var parts = (await PartsAsync(connection, [row], cancellationToken))(row);
        return new(row.ToAlert(parts), row.Raw, row.RawSha256, parts.Merged);
    }

    /// <summary>What a window withheld, oldest first, without its notifications: a capped alert has none.</summary>
    public async Task<IReadOnlyList<Alert>> CappedAsync(
        string ruleId, AlertWindow window, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var rows = await connection.QueryAsync<AlertRow>(new CommandDefinition(
            $"""
            SELECT {Columns} FROM alerts
            WHERE rule_id = @RuleId AND outcome = 'capped' AND id >= @First AND id < @Behind AND window_start = @Start AND window_end = @End
            ORDER BY id LIMIT 10000
            """,
            new { RuleId = ruleId, First = AlertIds.FirstAt(window.Start), Behind = AlertIds.FirstAt(window.End), window.Start, window.End },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToAlert(AlertParts.None))];
    }

    // The rows of the outbox are written by the notifications; an alert only shows them.
    private static async Task<Func<AlertRow, AlertParts>> PartsAsync(
        System.Data.Common.DbConnection connection, IReadOnlyList<AlertRow> rows, CancellationToken cancellationToken)
    {
        var where = new Where().AndIn("subject", rows.Select(row => row.Id));
        var notifications = await connection.QueryAsync<NotificationRow>(new CommandDefinition(
            $"SELECT id, subject, notifier, state, attempts, last_error, sent_at FROM notifications {where} ORDER BY id",
            where.Values,
            cancellationToken: cancellationToken));
        var byAlert = notifications.ToLookup(row => row.Subject, StringComparer.Ordinal);
        var entries = (await AlertLife.EntriesAsync(connection, rows.Select(row => row.Id), cancellationToken))
            .ToLookup(entry => entry.AlertId, StringComparer.Ordinal);
        var merged = (await MergedLogEvents.OfAsync(connection, rows.Select(row => row.Id), cancellationToken))
            .ToLookup(part => part.AlertId!, StringComparer.Ordinal);
        return row => new(
            [.. byAlert[row.Id].Select(notification => notification.ToNotification())], [.. entries[row.Id]], [.. merged[row.Id]]);
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

/// <summary>An alert, and its log events as they came.</summary>
internal sealed record FoundAlert(Alert Alert, byte[] Raw, string RawHash, IReadOnlyList<MergedLogEvent> Merged);
