using EventHookDetector.Storage;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>
/// From here on all of it, or none of it. The rest of the pipeline is handed to the writer, which runs it together with
/// whatever else is waiting; the answer comes back once the commit is on disk.
/// </summary>
internal sealed class TransactionBehavior(SharedCommit commit) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next) =>
        commit.RunForDeliveryAsync(
            transaction =>
            {
                request.Transaction = transaction;
                return next();
            },
            cancellationToken);
}
