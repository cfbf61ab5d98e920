using EventHookDetector.Alerts;
using EventHookDetector.Storage;

namespace EventHookDetector.Detection;

/// <summary>
/// The exception items that are not over, compiled. They are read again when one was changed here, and looked at every few
/// seconds, since another process may have changed one. Whether an item still stands is decided by counting its hit.
/// </summary>
internal sealed partial class ExceptionItemsInForce(ExceptionItems stored, ILogger<ExceptionItemsInForce> logger)
{
    private static readonly TimeSpan LongestUnaware = TimeSpan.FromSeconds(5);

    private volatile Known _known = new([], Revision: -1, Changes: -1, default);

    public async ValueTask<IReadOnlyList<(ExceptionItem Item, Coverage Coverage)>> AtAsync(DetectorTransaction transaction)
    {
        var (known, changes) = (_known, stored.Changes);
        if (known.Changes == changes && (transaction.Now - known.CheckedAt).Duration() < LongestUnaware) return known.Items;

        var read = await transaction.OnceAsync(this, () => ReadAsync(transaction, known, changes));
        transaction.AfterCommit(() => _known = read);   // what is rolled back is not to be remembered
        return read.Items;
    }

    private async Task<Known> ReadAsync(DetectorTransaction transaction, Known known, long changes)
    {
        var revision = await ExceptionItems.RevisionAsync(transaction);
        var items = revision == known.Revision
            ? known.Items
            : [.. (await ExceptionItems.StandingAsync(transaction)).SelectMany(Compile)];
        return new(items, revision, changes, transaction.Now);
    }

    // One that cannot be read must not keep the others from their work, nor anybody from being told.
    private IEnumerable<(ExceptionItem Item, Coverage Coverage)> Compile(ExceptionItem item)
    {
        try
        {
            return [(item, Coverage.Of(item))];
        }
        catch (Exception fault) when (fault is FormatException or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            Log.CannotBeRead(logger, item.Id, fault.Message);
            return [];
        }
    }

    private sealed record Known(
        IReadOnlyList<(ExceptionItem Item, Coverage Coverage)> Items, long Revision, long Changes, DateTimeOffset CheckedAt);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Exception item {Id} covers nothing, for it cannot be read: {Fault}")]
        public static partial void CannotBeRead(ILogger logger, string id, string fault);
    }
}
