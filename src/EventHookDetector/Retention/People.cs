using System.Data.Common;
using EventHookDetector.Alerts;
using EventHookDetector.Audit;
using EventHookDetector.EventHook;
using EventHookDetector.Notifications;
using EventHookDetector.Okta;
using EventHookDetector.Operators;
using EventHookDetector.Storage;

namespace EventHookDetector.Retention;

/// <summary>
/// Takes a person out of everything that is kept. It goes a few rows at a time, each in a commit of its own, so that no delivery waits for it; whoever
/// breaks it off may begin again, and it goes on with what is left.
/// </summary>
internal sealed class People(SharedCommit commit, Database database, TimeProvider clock)
{
    private const int Batch = 50;
    private const int LargeBatch = 500;

    /// <summary>The ids of what still has to do something with the person's name; it must be ended first.</summary>
    public Task<IReadOnlyList<string>> FindStandingAsync(PersonNames names, CancellationToken cancellationToken) =>
        FindAsync(reader => PeopleInAlerts.FindStandingAsync(reader, names, clock.GetUtcNow()), cancellationToken);

    public async Task<BlankedPerson> BlankAsync(PersonNames names, string by, CancellationToken cancellationToken)
    {
        // Before it is done, for it is not done in one transaction; and without the name, which is what is to go.
        await commit.RunAsync(transaction => AuditTrail.AddAsync(transaction, AuditAct.PersonBlanked, by, "a person"), cancellationToken);
        int alerts = 0, parts = 0;
        while (await FindAsync(reader => PeopleInAlerts.FindAsync(reader, names, Batch), cancellationToken) is { Count: > 0 } found)
        {
            foreach (var alert in found) names.LearnFrom(LogEventFields.Read(alert.Raw));
            foreach (var alert in found) parts += await BlankPartsAsync(alert.Id, names, cancellationToken);
            await commit.RunAsync(
                async transaction =>
                {
                    foreach (var alert in found) await PeopleInAlerts.BlankAsync(transaction, names, alert, by);
                    await Outbox.ForgetAnswersAboutAsync(transaction, [.. found.Select(alert => alert.Id)]);
                    return true;
                },
                cancellationToken);
            alerts += found.Count;
        }

        for (var turn = 0; turn < RetentionSteps.Slices; turn++)
        {
            var slice = KeySlice.Of(turn, RetentionSteps.Slices);
            var found = await FindAsync(reader => PeopleInAlerts.FindPartsAsync(reader, slice, names), cancellationToken);
            parts += await BlankPartsAsync(found, names, cancellationToken);
        }

        var acts = 0;
        for (var after = ""; await FindAsync(reader => BlankedAudit.ReadAsync(reader, after, LargeBatch), cancellationToken) is { Count: > 0 } texts; after = texts[^1].Id)
        {
            foreach (var few in texts.Where(text => names.AreIn(text.Who) || names.AreIn(text.Details)).Chunk(Batch))
                acts += await commit.RunAsync(transaction => BlankedAudit.BlankAsync(transaction, few, names.AreIn), cancellationToken);
        }

        var quarantined = await FindAsync(reader => Quarantine.FindNamingAsync(reader, names.AreIn), cancellationToken);
        return await commit.RunAsync(
            async transaction => new BlankedPerson(
                alerts,
                parts,
                await Quarantine.RemoveAsync(transaction, quarantined),
                acts + await PeopleInAlerts.BlankNamesAsync(transaction, names) + await ApiKeys.BlankAsync(transaction, names.Searchable, PersonNames.Removed)),
            cancellationToken);
    }

    private async Task<int> BlankPartsAsync(string alertId, PersonNames names, CancellationToken cancellationToken)
    {
        var count = 0;
        byte[] after = [];
        while (await FindAsync(reader => PeopleInAlerts.FindPartsAsync(reader, alertId, after, Batch), cancellationToken) is { Count: > 0 } found)
        {
            count += await BlankPartsAsync(found, names, cancellationToken);
            after = found[^1].Key;
        }

        return count;
    }

    private async Task<int> BlankPartsAsync(
        IReadOnlyList<PartAboutThem> found, PersonNames names, CancellationToken cancellationToken)
    {
        foreach (var few in found.Chunk(Batch))
        {
            await commit.RunAsync(
                async transaction =>
                {
                    foreach (var part in few) await PeopleInAlerts.BlankPartAsync(transaction, names, part);
                    return true;
                },
                cancellationToken);
        }

        return found.Count;
    }

    private async Task<T> FindAsync<T>(Func<DbConnection, Task<T>> find, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await find(connection);
    }
}

/// <summary>Where a person was taken out of.</summary>
/// <param name="Alerts">How many alerts were about them.</param>
/// <param name="LogEvents">How many other log events were part of one, or waited to be.</param>
/// <param name="QuarantineItems">How many items of the quarantine named them; those are gone.</param>
/// <param name="Others">How many other places held their name: notes, announcements, exception items, keys.</param>
internal sealed record BlankedPerson(int Alerts, int LogEvents, int QuarantineItems, int Others)
{
    public bool IsNobody() => this is { Alerts: 0, LogEvents: 0, QuarantineItems: 0, Others: 0 };
}
