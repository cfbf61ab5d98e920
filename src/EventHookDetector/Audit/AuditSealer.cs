using EventHookDetector.Storage;

namespace EventHookDetector.Audit;

/// <summary>
/// Hangs what was written down into the chain: every second, a few rows in a commit. Replicas take turns by a lease; but what keeps
/// the chain from having two ends is the update of the head, which succeeds only while that is still the one that was read.
/// </summary>
internal sealed partial class AuditSealer(SharedCommit commit, Database database, TimeProvider clock, ILogger<AuditSealer> logger) : BackgroundService
{
    private const int Batch = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Deliveries come first.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(30);

    private readonly string _lease = Guid.CreateVersion7().ToString();

    /// <returns>How many rows were sealed; none if nothing waits or somebody else is at it.</returns>
    public async Task<int> SealAsync(CancellationToken cancellationToken)
    {
        var (head, waiting) = await ReadAsync(cancellationToken);
        if (waiting.Count == 0 || head.IsLeasedToAnother(_lease, clock.GetUtcNow())) return 0;

        // All is computed before the writer hears of it, for deliveries wait for the same one.
        var links = new List<AuditEntry>(waiting.Count);
        foreach (var entry in waiting) links.Add(AuditChain.Seal(entry, head.Number + links.Count + 1, links.Count == 0 ? head.Hash : links[^1].Hash!));

        var isDone = await commit.RunAsync(transaction => TrySealAsync(transaction, head, links), cancellationToken);
        if (isDone && links.Count < Batch) Log.Sealed(logger, links[^1].Number, links[^1].Hash);
        return isDone ? links.Count : 0;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var isMore = await SealAsync(stoppingToken) == Batch;
                await Task.Delay(isMore ? Pause : Interval, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.Failed(logger, fault);
                await Task.Delay(AfterFault, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<(AuditHead Head, IReadOnlyList<AuditEntry> Waiting)> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var head = await AuditHead.ReadAsync(connection, cancellationToken);
        return (head, await AuditReader.WaitingAsync(connection, Batch, cancellationToken));
    }

    private async Task<bool> TrySealAsync(DetectorTransaction transaction, AuditHead head, List<AuditEntry> links)
    {
        if (!await head.TryMoveAsync(transaction, links[^1], _lease)) return false;

        // Handed in together, they need one trip. Whose text was blanked since it was read keeps the digest, and gets no salt.
        var changed = await Task.WhenAll(links.ConvertAll(link => transaction.ExecuteAsync(
            """
            UPDATE audit_entries
            SET number = @Number, hash = @Hash, who_digest = @WhoDigest, details_digest = @DetailsDigest,
                who_salt = CASE WHEN who IS NULL THEN NULL ELSE @WhoSalt END,
                details_salt = CASE WHEN details IS NULL THEN NULL ELSE @DetailsSalt END
            WHERE id = @Id AND number IS NULL
            """,
            link.Number, link.Hash, link.WhoDigest, link.DetailsDigest, link.WhoSalt, link.DetailsSalt, link.Id)));
        return changed.All(count => count == 1) ? true : throw new InvalidOperationException("A row of the audit that waited to be sealed is gone.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The audit is sealed up to number {Number}, head {Hash}")]
        public static partial void Sealed(ILogger logger, long? number, string? hash);

        [LoggerMessage(2, LogLevel.Error, "Sealing the audit failed; nothing is lost, and the next try is in half a minute. Should it fail again, run verify-audit")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
