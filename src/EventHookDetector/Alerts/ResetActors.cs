using System.Collections.Concurrent;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>
/// Who has reset somebody's factors before. Nobody is ever taken off the record, so who is known to be on it need not be looked up
/// again: most resets are made by the same few people.
/// </summary>
internal sealed class ResetActors
{
    // Some ten megabytes at most, should somebody make up actors.
    private const int MostKnown = 10_000;

    // Before the records reach back as far as this, everybody is new to them, and it would mean nothing to say so.
    private static readonly TimeSpan LeastRecord = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<(string Org, string Actor), bool> _known = new();

    /// <summary>Remembers the actor.</summary>
    /// <returns>True for the first reset by this actor, if others are on record for long enough for that to be remarkable.</returns>
    public async Task<bool> TryAddNewcomerAsync(DetectorTransaction transaction, string? org, string actor)
    {
        var key = (Org: org ?? "", Actor: AlertRecord.Searchable(actor)!);
        if (_known.ContainsKey(key)) return false;

        var added = await transaction.ReadAsync(
            """
            INSERT INTO reset_actors (org, actor, first_at) VALUES (@Org, @Actor, @Now) ON CONFLICT DO NOTHING
            RETURNING EXISTS (SELECT 1 FROM reset_actors WHERE first_at <= @Before)
            """,
            row => row.GetBoolean(0),
            key.Org, key.Actor, transaction.Now, transaction.Now - LeastRecord);
        transaction.AfterCommit(() => Know(key));
        return added is [true];
    }

    private void Know((string Org, string Actor) key)
    {
        if (_known.Count >= MostKnown) _known.Clear();
        _known[key] = true;
    }
}

[Migration(202611240032, "Who has reset factors, and why severities were raised")]
public sealed class CreateResetActors : SqlMigration
{
    protected override string Sql =>
        """
        ALTER TABLE alerts ADD COLUMN severity_reasons TEXT NULL;
        CREATE TABLE reset_actors (
            org TEXT NOT NULL,
            actor TEXT NOT NULL,
            first_at {time} NOT NULL,
            PRIMARY KEY (org, actor)
        ) WITHOUT ROWID;
        INSERT INTO reset_actors (org, actor, first_at)
        SELECT COALESCE(org, ''), COALESCE(actor_id, actor_login), MIN(received_at) FROM alerts
        WHERE event_type = 'user.mfa.factor.reset_all' AND COALESCE(actor_id, actor_login) IS NOT NULL
        GROUP BY COALESCE(org, ''), COALESCE(actor_id, actor_login)
        """;
}
