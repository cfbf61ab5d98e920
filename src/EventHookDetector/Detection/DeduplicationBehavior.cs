using EventHookDetector.Okta;
using EventHookDetector.Storage;
using FluentMigrator;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Okta delivers at least once; past this stage, every log event has been seen exactly once.</summary>
internal sealed class DeduplicationBehavior : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        // Remember first, ask never: the insert itself decides, so two who were given the same log event cannot both win,
        // and whatever fails further down takes the memory back together with the alert.
        var isNew = await ProcessedLogEvents.TryAddAsync(request.Transaction, request.LogEvent, cancellationToken);

        return isNew ? await next() : new DetectionResult(DetectionOutcome.Duplicate);
    }
}

/// <summary>The log events that were already looked at.</summary>
internal static class ProcessedLogEvents
{
    /// <returns>True for exactly one caller per log event.</returns>
    public static async Task<bool> TryAddAsync(DetectorTransaction transaction, LogEvent logEvent, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "INSERT INTO processed_log_events (key, seen_at) VALUES (@Key, @SeenAt) ON CONFLICT DO NOTHING",
            cancellationToken, logEvent.Key, transaction.Now) == 1;
}

[Migration(202611240001, "The log events that were looked at")]
public sealed class CreateProcessedLogEvents : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE processed_log_events (
            key BLOB NOT NULL PRIMARY KEY,
            seen_at {time} NOT NULL
        ) WITHOUT ROWID
        """;
}
