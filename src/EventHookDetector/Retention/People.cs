using System.Data.Common;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Audit;
using EventHookDetector.EventHook;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;

namespace EventHookDetector.Retention;

/// <summary>
/// Takes a person out of everything that is kept. It looks through all of it, a few rows at a time, and changes a few in a commit, so that no delivery
/// waits for it; whoever breaks it off may begin again, and it goes on with what is left.
/// </summary>
internal sealed class People(SharedCommit commit, Database database, TimeProvider clock)
{
    private const int Batch = 50;
    private const int LargeBatch = 500;
    private const long LargeBatchBytes = 4 * 1024 * 1024;

    /// <returns>What they are known by; or the ids of several people who had this login.</returns>
    public Task<(PersonNames? Names, IReadOnlyList<string> Several)> FindAsync(string typed, CancellationToken cancellationToken) =>
        ReadAsync(connection => PersonLookup.FindAsync(connection, typed), cancellationToken);

    /// <summary>What still has to do something with the person's name; it must be ended first.</summary>
    public Task<IReadOnlyList<string>> FindStandingAsync(PersonNames names, CancellationToken cancellationToken) =>
        ReadAsync(connection => PersonLookup.FindStandingAsync(connection, names, clock.GetUtcNow()), cancellationToken);

    public async Task<BlankedPerson> BlankAsync(PersonNames names, string by, CancellationToken cancellationToken)
    {
        var told = new Announcement(by);
        var quarantined = await ReadAsync(connection => Quarantine.FindNamingAsync(connection, names.AreInBroken), cancellationToken);
        var others = await BlankAuditAsync(names, told, cancellationToken) + await ForgetHandsAsync(names, told, cancellationToken);
        int alerts = 0, logEvents = 0;
        foreach (var place in PersonPlace.All)
        {
            var count = await BlankAsync(place, names, told, cancellationToken);
            if (place.Table == PersonPlace.Alerts) alerts = count;
            else if (place.Table == PersonPlace.Parts) logEvents = count;
            else others += count;
        }

        var removed = await ChangeAsync(told, quarantined, (transaction, few) => Quarantine.RemoveAsync(transaction, few), cancellationToken);
        return new BlankedPerson(alerts, logEvents, removed, others);
    }

    private async Task<int> BlankAsync(PersonPlace place, PersonNames names, Announcement told, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", place.Columns.Select(one => one.Column));
        var count = 0;
        object? after = null;
        while (await ReadAsync(ReadRowsAsync, cancellationToken) is { Count: > 0 } rows)
        {
            var changes = rows.Select(row => (Key: row[place.Key]!, Columns: place.Without(names, row))).Where(row => row.Columns.Count > 0).ToList();
            count += await ChangeAsync(told, changes, ChangeRowsAsync, cancellationToken);
            after = rows[^1][place.Key];
        }

        return count;

        async Task<IReadOnlyList<IDictionary<string, object?>>> ReadRowsAsync(DbConnection connection) =>
            await ReadUntilLargeAsync(connection.QueryUnbufferedAsync(
                $"SELECT {place.Key}, {columns} FROM {place.Table} {(after is null ? "" : $"WHERE {place.Key} > @After")} ORDER BY {place.Key} LIMIT @Limit",
                new { After = after, Limit = LargeBatch }));

        async Task<int> ChangeRowsAsync(DetectorTransaction transaction, IReadOnlyList<(object Key, IReadOnlyList<(string Column, object Old, object? New)> Columns)> few)
        {
            foreach (var (key, changed) in few)
            {
                // What somebody has changed since it was read is left alone.
                foreach (var (column, old, rest) in changed)
                    await transaction.ExecuteAsync($"UPDATE {place.Table} SET {column} = @New WHERE {place.Key} = @Key AND {column} = @Old", rest, key, old);
                if (place.Table != PersonPlace.Alerts) continue;

                await AlertLife.WriteAsync(
                    transaction, (string)key, told.By, AlertStep.Note, "A person was taken out of this alert. The SHA-256 is that of the log event as it came.");
            }

            if (place.Table == PersonPlace.Alerts) await Outbox.ForgetAnswersAboutAsync(transaction, [.. few.Select(row => (string)row.Key)]);
            return few.Count;
        }
    }

    // A log event may have many MB, so a batch ends by what it holds too.
    private static async Task<IReadOnlyList<IDictionary<string, object?>>> ReadUntilLargeAsync(IAsyncEnumerable<dynamic> all)
    {
        var (rows, size) = (new List<IDictionary<string, object?>>(), 0L);
        await foreach (IDictionary<string, object?> row in all)
        {
            rows.Add(row);
            size += row.Values.Sum(value => value is byte[] bytes ? bytes.LongLength : value is string text ? text.Length : 0);
            if (size > LargeBatchBytes) break;
        }

        return rows;
    }

    private async Task<int> BlankAuditAsync(PersonNames names, Announcement told, CancellationToken cancellationToken)
    {
        var count = 0;
        for (var after = ""; await ReadAsync(connection => BlankedAudit.ReadAsync(connection, after, LargeBatch), cancellationToken) is { Count: > 0 } texts; after = texts[^1].Id)
        {
            var naming = texts
                .Select(text => (text.Id, Who: names.IsOne(text.Who), Details: text.Details is not null && names.AreInJson(text.Details)))
                .Where(text => text.Who || text.Details).ToList();
            count += await ChangeAsync(told, naming, BlankedAudit.BlankAsync, cancellationToken);
        }

        return count;
    }

    /// <summary>Who has reset factors, in all and in a window, is on record so that somebody new stands out; they would again.</summary>
    private Task<int> ForgetHandsAsync(PersonNames names, Announcement told, CancellationToken cancellationToken) => ChangeAsync(
        told,
        [.. names.Ids.Select(AlertRecord.Searchable)],
        async (transaction, few) =>
        {
            var count = 0;
            foreach (var name in few)
            {
                count += await transaction.ExecuteAsync("DELETE FROM reset_actors WHERE actor = @Name", name);
                count += await transaction.ExecuteAsync("DELETE FROM alert_window_newcomers WHERE name = @Name", name);
            }

            return count;
        },
        cancellationToken);

    private async Task<int> ChangeAsync<T>(
        Announcement told, IReadOnlyList<T> all, Func<DetectorTransaction, IReadOnlyList<T>, Task<int>> change, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var few in all.Chunk(Batch))
        {
            count += await commit.RunAsync(
                async transaction =>
                {
                    var changed = await change(transaction, few);
                    if (changed > 0) await told.WriteAsync(transaction);
                    return changed;
                },
                cancellationToken);
        }

        return count;
    }

    private async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await read(connection);
    }

    /// <summary>Said in the audit once, with the first thing that changes, and without the name, which is what is to go.</summary>
    private sealed class Announcement(string by)
    {
        private bool _isWritten;

        public string By => by;

        public async Task WriteAsync(DetectorTransaction transaction)
        {
            if (_isWritten) return;

            await AuditTrail.AddAsync(transaction, AuditAct.PersonBlanked, by, "a person");
            transaction.AfterCommit(() => _isWritten = true);
        }
    }
}

/// <summary>Where a person was taken out of.</summary>
/// <param name="Alerts">How many alerts were about them, or named them.</param>
/// <param name="LogEvents">How many other log events were part of one, or waited to be.</param>
/// <param name="QuarantineItems">How many items of the quarantine named them; those are gone.</param>
/// <param name="Others">How many other places held their name: notes, announcements, exception items, keys, acts of the audit.</param>
internal sealed record BlankedPerson(int Alerts, int LogEvents, int QuarantineItems, int Others)
{
    public bool IsNobody() => this is { Alerts: 0, LogEvents: 0, QuarantineItems: 0, Others: 0 };
}
