using EventHookDetector.Detection;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.EventHook;

/// <summary>Takes a body apart and sends each log event in it through the pipeline.</summary>
internal sealed class Inspection(IMediator mediator, WantedEventTypes wanted, TimeProvider clock)
{
    private const int MaxAtOnce = 1000;

    static Inspection() => Telemetry.LogEvents.Expect(Enum.GetNames<DetectionOutcome>().Append(OutcomeBehavior.Fault));

    /// <summary>Returns once every alert in it is on disk.</summary>
    public async Task<InspectedDelivery> OfBodyAsync(ReadOnlyMemory<byte> body)
    {
        var receivedAt = clock.GetUtcNow();
        var delivery = DeliveryReader.Read(body.Span, wanted);
        if (delivery.Unwanted > 0) Telemetry.LogEvents.Add(nameof(DetectionOutcome.NotMatched), delivery.Unwanted);
        if (delivery.LogEvents.Count == 0) return new(delivery, []);   // nearly always

        // Sent together, not one after another: whatever matches then shares one commit. Okta sends a handful; a flood goes in
        // parts, or it would be more than the commit lets wait and would fail at every try.
        var results = new List<InspectedLogEvent>(delivery.LogEvents.Count);
        foreach (var part in delivery.LogEvents.Chunk(MaxAtOnce))
            results.AddRange(await Task.WhenAll(part.Select(logEvent => OfLogEventAsync(logEvent, receivedAt))));
        return new(delivery, results);
    }

    /// <remarks>
    /// Without the token of the request: if Okta hangs up after we have read what it sent, that is no reason to forget it.
    /// </remarks>
    public async Task<InspectedLogEvent> OfLogEventAsync(LogEvent logEvent, DateTimeOffset receivedAt) =>
        new(logEvent, await mediator.Send(new InspectLogEvent(logEvent, receivedAt), CancellationToken.None));
}

/// <summary>A delivery, and how the story of each log event in it ended.</summary>
internal sealed record InspectedDelivery(Delivery Delivery, IReadOnlyList<InspectedLogEvent> LogEvents)
{
    public IEnumerable<InspectedLogEvent> Invalid => LogEvents.Where(inspected => inspected.Result.Outcome == DetectionOutcome.Invalid);
}

internal sealed record InspectedLogEvent(LogEvent LogEvent, DetectionResult Result);
