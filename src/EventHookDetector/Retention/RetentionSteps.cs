using System.Data.Common;
using System.Runtime.CompilerServices;
using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.EventHook;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Retention;

/// <summary>
/// What is let go of, top to bottom, and when. What may go is looked for by reading, which holds up nobody; then it goes in batches, each
/// in a commit of its own that is over soon. Whoever enumerates a step may pause after each.
/// </summary>
internal sealed class RetentionSteps(
    SharedCommit commit, Database database, Quarantine quarantine, IOptions<RetentionOptions> options, TimeProvider clock)
{
    /// <summary>How many slices the keys of log events are cut into, which say nothing about time: one for each hour of a week.</summary>
    public const int Slices = 7 * 24;

    private const int Batch = 100;

    // Of small rows to which nothing else belongs.
    private const int LargeBatch = 200;

    // Okta keeps its System Log for ninety days. What is older can only be brought by hand.
    private static readonly TimeSpan LeastMemory = TimeSpan.FromDays(100);

    // Of an id, which is a UUID of version 7, this much is the time.
    private const int TimeOfAnId = 13;

    public IReadOnlyList<RetentionStep> Of(long round)
    {
        var before = clock.GetUtcNow() - options.Value.Alerts;
        var seenBefore = clock.GetUtcNow() - (options.Value.Alerts > LeastMemory ? options.Value.Alerts : LeastMemory);
        var idBefore = Guid.CreateVersion7(before).ToString()[..TimeOfAnId];
        var slice = KeySlice.Of(round, Slices);
        return
        [
            new("bursts", RemoveAsync(reader => Bursts.FindOldAsync(reader, idBefore, LargeBatch), Bursts.RemoveAsync)),
            new("windows", RemoveWindowsAsync(before)),
            new("alerts", RemoveAlertsAsync(idBefore)),   // what a window withheld goes after it
            new("exception items", RemoveAsync(reader => ExceptionItems.FindOldAsync(reader, idBefore, before, Batch), RemoveItemsAsync)),
            new("expected resets", RemoveAsync(reader => ExpectedResets.FindOldAsync(reader, idBefore, before, Batch), ExpectedResets.RemoveAsync)),
            new("parts that waited in vain", RemoveAsync(
                reader => MergedLogEvents.FindOldWaitingAsync(reader, slice, before, Batch), MergedLogEvents.RemoveWaitingAsync)),
            new("uuids", RemoveAsync(
                reader => OldProcessedLogEvents.FindAsync(reader, slice, seenBefore, LargeBatch),
                (transaction, keys) => OldProcessedLogEvents.RemoveAsync(transaction, keys, seenBefore))),
            new("items of the quarantine", RemoveFromQuarantineAsync()),
        ];
    }

    private async IAsyncEnumerable<int> RemoveAsync<T>(
        Func<DbConnection, Task<IReadOnlyList<T>>> find, Func<DetectorTransaction, IReadOnlyList<T>, Task<int>> remove,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await FindAsync(find, cancellationToken) is { Count: > 0 } found)
        {
            var removed = await commit.RunAsync(transaction => remove(transaction, found), cancellationToken);
            if (removed == 0) yield break;   // somebody else is at it

            yield return removed;
        }
    }

    private async IAsyncEnumerable<int> RemoveAlertsAsync(string idBefore, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var after = ""; ;)
        {
            var ids = await FindAsync(reader => OldAlerts.FindAsync(reader, after, idBefore, Batch), cancellationToken);
            if (ids.Count == 0) yield break;

            // A flood may have made one alert of any number of log events: too many for one commit, so those go first.
            while (await FindAsync(reader => MergedLogEvents.FindPartsAsync(reader, ids, Batch), cancellationToken) is { Count: Batch } parts)
            {
                if (await commit.RunAsync(transaction => MergedLogEvents.RemoveAsync(transaction, parts), cancellationToken) == 0) break;
                yield return 0;
            }

            yield return await commit.RunAsync(transaction => RemoveAlertsAsync(transaction, ids), cancellationToken);
            after = ids[^1];
        }
    }

    private static async Task<int> RemoveAlertsAsync(DetectorTransaction transaction, IReadOnlyList<string> found)
    {
        await transaction.AloneAsync();
        var ids = await OldAlerts.TakeAsync(transaction, found);
        if (ids.Count == 0) return 0;

        await Outbox.RemoveAboutAsync(transaction, ids);
        await MergedLogEvents.RemoveOfAsync(transaction, ids);
        return await OldAlerts.RemoveAsync(transaction, ids);
    }

    private async IAsyncEnumerable<int> RemoveWindowsAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var after = 0L; ;)
        {
            var windows = await FindAsync(reader => OldWindows.FindAsync(reader, after, Batch), cancellationToken);
            if (!windows.Any(window => window.WindowEnd < before)) yield break;

            after = windows[^1].Id;
            var old = windows.Where(window => window.WindowEnd < before && !window.OwesItsDigest).ToList();
            var told = await FindAsync(reader => OldDigests.WithoutPendingAsync(reader, old), cancellationToken);
            if (told.Count == 0) continue;

            while (await commit.RunAsync(transaction => OldWindows.RemoveNewcomersAsync(transaction, told, LargeBatch), cancellationToken) > 0)
                yield return 0;

            yield return await commit.RunAsync(
                async transaction =>
                {
                    await OldDigests.RemoveAsync(transaction, told);
                    return await OldWindows.RemoveAsync(transaction, told);
                },
                cancellationToken);
        }
    }

    private static async Task<int> RemoveItemsAsync(DetectorTransaction transaction, IReadOnlyList<string> ids)
    {
        await Outbox.RemoveAboutAsync(transaction, ids);
        return await ExceptionItems.RemoveAsync(transaction, ids);
    }

    private async IAsyncEnumerable<int> RemoveFromQuarantineAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return await commit.RunAsync(quarantine.RecountAsync, cancellationToken);
    }

    private async Task<T> FindAsync<T>(Func<DbConnection, Task<T>> find, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await find(connection);
    }
}

/// <summary>One kind of thing that is let go of.</summary>
/// <param name="What">What it is, in a log line.</param>
/// <param name="Batches">Each turn removes a few, and says how many.</param>
internal sealed record RetentionStep(string What, IAsyncEnumerable<int> Batches);
