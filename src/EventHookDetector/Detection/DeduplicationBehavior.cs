using System.Data.Common;
using Dapper;
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
        var isNew = await ProcessedLogEvents.TryAddAsync(request.Transaction, request.LogEvent, request.ReceivedAt);

        return isNew ? await next() : new DetectionResult(DetectionOutcome.Duplicate);
    }
}

/// <summary>The log events that were already looked at.</summary>
internal static class ProcessedLogEvents
{
    /// <returns>True for exactly one caller per log event.</returns>
    public static async Task<bool> TryAddAsync(DetectorTransaction transaction, LogEvent logEvent, DateTimeOffset receivedAt) =>
        await transaction.ExecuteAsync(
            "INSERT INTO processed_log_events (key, seen_at) VALUES (@Key, @SeenAt) ON CONFLICT DO NOTHING",
            logEvent.Key, receivedAt) == 1;

    /// <summary>Those of that uuid, one for each org that used it: the one received last comes first.</summary>
    public static async Task<IReadOnlyList<ProcessedLogEvent>> FindAsync(DbConnection connection, string uuid, CancellationToken cancellationToken)
    {
        var start = LogEvent.KeysBeginWith(uuid);
        return [.. await connection.QueryAsync<ProcessedLogEvent>(new CommandDefinition(
            "SELECT key, seen_at FROM processed_log_events WHERE key BETWEEN @First AND @Last ORDER BY seen_at DESC",
            new { First = (byte[])[.. start, .. new byte[8]], Last = (byte[])[.. start, .. Enumerable.Repeat(byte.MaxValue, 8)] },
            cancellationToken: cancellationToken))];
    }
}

/// <summary>A log event that was looked at.</summary>
internal sealed record ProcessedLogEvent
{
    /// <summary>See <see cref="LogEvent.Key"/>.</summary>
    public required byte[] Key { get; init; }

    /// <summary>When its delivery reached us.</summary>
    public required DateTimeOffset SeenAt { get; init; }
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

[Migration(202611240070, "What is looked up by uuid is found by its key")]
public sealed class DropIndexesOfUuids : SqlMigration
{
    protected override string Sql =>
        """
        DROP INDEX alerts_uuid;
        DROP INDEX merged_log_events_uuid
        """;
}
