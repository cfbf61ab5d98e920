namespace EventHookDetector.EventHook;

/// <summary>Inspects the rest of large deliveries, one after the other, also those that a stopped process has left.</summary>
internal sealed partial class UnfinishedWorker(
    UnfinishedItems items, QuarantineReader reader, Quarantine quarantine, Inspection inspection, TimeProvider clock, ILogger<UnfinishedWorker> logger) : BackgroundService
{
    /// <summary>The pause between two looks for items of other processes, and after a failure.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var added = items.AddedAsync(stoppingToken);
        var isReleased = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isReleased) await items.ReleaseAsync(stoppingToken);
                isReleased = true;
                while (await items.ClaimAsync(stoppingToken) is { } id) await FinishAsync(id, stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, fault);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.WhenAny(added, Task.Delay(Interval, clock, stoppingToken));
            if (added.IsCompleted) added = items.AddedAsync(stoppingToken);
        }
    }

    private async Task FinishAsync(string id, CancellationToken stopping)
    {
        if (await reader.FindAsync(id, stopping) is not { } found) return;   // it was erased

        // What was inspected before ends as duplicate.
        var inspected = await inspection.OfDeliveryAsync(inspection.Read(found.Content), found.Item.ReceivedAt, stopping);
        if (!inspected.IsWhole) return;

        await quarantine.KeepAsync(QuarantineKind.LogEvent, inspected.Unreadable);
        var outcomes = inspected.LogEvents.CountBy(logEvent => logEvent.Result.Outcome).Select(outcome => $"{outcome.Key}: {outcome.Value}");
        await items.FinishAsync(id, string.Join(", ", outcomes.Prepend(inspected.Delivery.Defect ?? "Read.")));
        Log.Finished(logger, inspected.LogEvents.Count, id);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Inspected all {Count} log events of the large delivery {Id}; Okta's retry of it is now answered 204")]
        public static partial void Finished(ILogger logger, int count, string id);

        [LoggerMessage(2, LogLevel.Error, "Inspecting the rest of a large delivery failed. It stays in the quarantine and is tried again after two minutes")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
