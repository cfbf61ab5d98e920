using System.Data.Common;
using Dapper;
using EventHookDetector.Okta;
using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>Where people stand in what we found, and how they are taken out of it. Rows stay: that there was a reset remains true.</summary>
internal static class PeopleInAlerts
{
    private static readonly string[] WhereSearched = ["actor_id", "actor_login", "target_id", "target_login"];

    // Each may hold a login or an id as a whole.
    private static readonly (string Table, string Column)[] Names =
    [
        ("alert_entries", "done_by"), ("bursts", "actor"),
        ("expected_resets", "target"), ("expected_resets", "approver"), ("expected_resets", "requested_by"), ("expected_resets", "announced_by"),
        ("exception_items", "owner"), ("exception_items", "created_by"), ("exception_items", "changed_by"), ("exception_items", "ended_by"),
    ];

    /// <summary>What still has to do something with a person's name, and so must be ended first.</summary>
    public static async Task<IReadOnlyList<string>> FindStandingAsync(DbConnection connection, PersonNames names, DateTimeOffset now)
    {
        var found = new List<string>();
        foreach (var name in names.Searchable)
        {
            found.AddRange(await connection.QueryAsync<string>(
                "SELECT id FROM expected_resets WHERE target = @Name AND used_at IS NULL AND withdrawn_at IS NULL AND until_at > @Now", new { Name = name, Now = now }));
        }

        var conditions = await connection.QueryAsync<(string Id, string Condition)>(
            "SELECT id, condition FROM exception_items WHERE ended_at IS NULL AND ends_at > @Now", new { Now = now });
        found.AddRange(conditions.Where(item => names.AreIn(item.Condition)).Select(item => item.Id));
        return found;
    }

    /// <summary>Some of the alerts that are about the person; none once all are done.</summary>
    public static async Task<IReadOnlyList<AlertAboutThem>> FindAsync(DbConnection connection, PersonNames names, int limit)
    {
        foreach (var name in names.Searchable)
        {
            foreach (var column in WhereSearched)
            {
                var found = (await connection.QueryAsync<AlertAboutThem>(
                    $"SELECT id, uuid, event_type, because, raw FROM alerts WHERE {column} = @Name ORDER BY id LIMIT @Limit", new { Name = name, Limit = limit })).ToList();
                if (found.Count > 0) return found;
            }
        }

        return [];
    }

    /// <summary>Some of the log events that are part of these alerts.</summary>
    public static async Task<IReadOnlyList<PartAboutThem>> FindPartsAsync(
        DbConnection connection, string alertId, byte[] after, int limit) =>
        [.. await connection.QueryAsync<PartAboutThem>(
            "SELECT key, uuid, event_type, raw FROM merged_log_events WHERE alert_id = @AlertId AND key > @After ORDER BY key LIMIT @Limit",
            new { AlertId = alertId, After = after, Limit = limit })];

    /// <summary>In a slice of all parts, those by the person, and those that wait and may be about anybody.</summary>
    public static async Task<IReadOnlyList<PartAboutThem>> FindPartsAsync(
        DbConnection connection, KeySlice slice, PersonNames names)
    {
        var where = new Where().And("key >= @From", "From", slice.From).And("key < @To", "To", slice.To).AndIn("actor", names.Searchable);
        var waiting = new { slice.From, slice.To };
        return
        [
            .. await connection.QueryAsync<PartAboutThem>($"SELECT key, uuid, event_type, raw FROM merged_log_events {where}", where.Values),
            .. (await connection.QueryAsync<PartAboutThem>(
                "SELECT key, uuid, event_type, raw FROM merged_log_events WHERE key >= @From AND key < @To AND alert_id IS NULL", waiting))
                .Where(part => names.AreIn(System.Text.Encoding.UTF8.GetString(part.Raw))),
        ];
    }

    /// <summary>Takes the person out of an alert, and says so in its story.</summary>
    public static async Task BlankAsync(DetectorTransaction transaction, PersonNames names, AlertAboutThem alert, string by)
    {
        await transaction.ExecuteAsync(
            "UPDATE alerts SET raw = @Raw, because = @Because WHERE id = @Id",
            names.Remove(alert.Raw, alert.Uuid, alert.EventType), alert.Because is null ? null : names.Remove(alert.Because), alert.Id);
        foreach (var column in WhereSearched)
        {
            foreach (var name in names.Searchable)
                await transaction.ExecuteAsync($"UPDATE alerts SET {column} = NULL WHERE id = @Id AND {column} = @Name", alert.Id, name);
        }

        foreach (var note in await transaction.QueryAsync<NoteRow>("SELECT id, note FROM alert_entries WHERE alert_id = @Id AND note IS NOT NULL", alert.Id))
        {
            if (names.AreIn(note.Note)) await transaction.ExecuteAsync("UPDATE alert_entries SET note = @Note WHERE id = @Id", names.Remove(note.Note), note.Id);
        }

        await AlertLife.WriteAsync(
            transaction, alert.Id, by, AlertStep.Note, "A person was taken out of this alert. The SHA-256 is that of the log event as it came.");
    }

    public static async Task BlankPartAsync(DetectorTransaction transaction, PersonNames names, PartAboutThem part)
    {
        var isByThem = names.AreIn(LogEventFields.Read(part.Raw).Actor?.Key);
        await transaction.ExecuteAsync(
            $"UPDATE merged_log_events SET raw = @Raw{(isByThem ? ", actor = '(removed)', performer = '(removed)'" : "")} WHERE key = @Key",
            names.Remove(part.Raw, part.Uuid, part.EventType), part.Key);
    }

    /// <summary>Takes the person out of all that holds a name as a whole.</summary>
    public static async Task<int> BlankNamesAsync(DetectorTransaction transaction, PersonNames names)
    {
        var count = 0;
        foreach (var name in names.Searchable)
        {
            foreach (var (table, column) in Names)
                count += await transaction.ExecuteAsync($"UPDATE {table} SET {column} = '(removed)' WHERE LOWER({column}) = @Name", name);
            count += await transaction.ExecuteAsync("UPDATE bursts SET untold_by = '(removed)' WHERE untold_by LIKE @Name || ' %'", name);
            count += await transaction.ExecuteAsync("DELETE FROM reset_actors WHERE actor = @Name", name);
            count += await transaction.ExecuteAsync("DELETE FROM alert_window_newcomers WHERE name = @Name", name);
        }

        foreach (var item in await transaction.QueryAsync<ItemRow>("SELECT id, condition, reason, ticket FROM exception_items"))
        {
            if (!names.AreIn(item.Condition) && !names.AreIn(item.Reason) && !names.AreIn(item.Ticket)) continue;

            count += await transaction.ExecuteAsync(
                "UPDATE exception_items SET condition = @Condition, reason = @Reason, ticket = @Ticket WHERE id = @Id",
                names.Remove(item.Condition), names.Remove(item.Reason), item.Ticket is null ? null : names.Remove(item.Ticket), item.Id);
        }

        return count;
    }

    private sealed record NoteRow
    {
        public required long Id { get; init; }

        public required string Note { get; init; }
    }

    private sealed record ItemRow
    {
        public required string Id { get; init; }

        public required string Condition { get; init; }

        public required string Reason { get; init; }

        public string? Ticket { get; init; }
    }
}

/// <summary>An alert that names a person.</summary>
internal sealed record AlertAboutThem
{
    public required string Id { get; init; }

    public required string Uuid { get; init; }

    public required string EventType { get; init; }

    public string? Because { get; init; }

    public required byte[] Raw { get; init; }
}

/// <summary>A log event that is part of a reset, or waits to be, and names a person.</summary>
internal sealed record PartAboutThem
{
    public required byte[] Key { get; init; }

    public required string Uuid { get; init; }

    public required string EventType { get; init; }

    public required byte[] Raw { get; init; }
}
