using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Does no exception item cover it? What one covers is recorded with that item, and nobody is told.</summary>
internal sealed partial class ExceptionItemBehavior(ExceptionItemsInForce inForce, ILogger<ExceptionItemBehavior> logger)
    : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        var (transaction, logEvent) = (request.Transaction, request.LogEvent);
        var happenedAt = logEvent.Fields.Published ?? request.ReceivedAt;
        foreach (var (item, coverage) in await inForce.AtAsync(transaction.Now, cancellationToken))
        {
            if (!Covers(item, coverage, logEvent, happenedAt)) continue;
            if (!await ExceptionItems.TryHitAsync(transaction, item, cancellationToken)) continue;

            var alert = request.ToAlert(AlertOutcome.Excepted) with { Because = item.Because, ExceptionItemId = item.Id };
            await AlertRecord.InsertAsync(transaction, alert, cancellationToken);
            return new DetectionResult(DetectionOutcome.Excepted, item.Because);
        }

        return await next();
    }

    // Nobody may stay untold because a condition could not be answered.
    private bool Covers(ExceptionItem item, Coverage coverage, LogEvent logEvent, DateTimeOffset happenedAt)
    {
        try
        {
            return coverage.Covers(logEvent, happenedAt);
        }
        catch (Exception fault)
        {
            Log.CouldNotBeAnswered(logger, item.Id, logEvent.Uuid, fault);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Exception item {Id} does not cover {Uuid}, for its condition could not be answered")]
        public static partial void CouldNotBeAnswered(ILogger logger, string id, string uuid, Exception fault);
    }
}
