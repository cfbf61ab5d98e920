using EventHookDetector.Detection;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using MediatR;

namespace EventHookDetector.EventHook;

/// <summary>Takes a body apart and sends each log event in it through the pipeline.</summary>
internal sealed class Inspection(IMediator mediator, WantedEventTypes wanted) : IDisposable
{
    /// <summary>The number of log events that are inspected at once. More would stand in the queue ahead of other deliveries.</summary>
    public const int Part = 64;

    private readonly SemaphoreSlim _turn = new(1);

    static Inspection() => Telemetry.LogEvents.Expect(Enum.GetNames<DetectionOutcome>().Append(OutcomeBehavior.Fault));

    public Delivery Read(ReadOnlyMemory<byte> body)
    {
        var delivery = DeliveryReader.Read(body.Span, wanted);
        if (delivery.Unwanted > 0) Telemetry.LogEvents.Add(nameof(DetectionOutcome.NotMatched), delivery.Unwanted);
        return delivery;
    }

    /// <summary>Returns once every alert in it is on disk, or once it is cancelled and the part that has begun has ended.</summary>
    public async Task<InspectedDelivery> OfDeliveryAsync(Delivery delivery, DateTimeOffset receivedAt, CancellationToken until)
    {
        if (delivery.LogEvents.Count == 0) return new(delivery, []);   // nearly always

        // Inspected together, so that all that matches shares one commit. Okta sends a handful.
        if (delivery.LogEvents.Count <= Part) return new(delivery, await OfPartAsync(delivery.LogEvents, receivedAt));

        var results = new List<InspectedLogEvent>(delivery.LogEvents.Count);
        foreach (var part in delivery.LogEvents.Chunk(Part))
        {
            if (!await TryTakeTurnAsync(until)) return new(delivery, results) { IsWhole = false };

            try
            {
                results.AddRange(await OfPartAsync(part, receivedAt));
            }
            finally
            {
                _turn.Release();
            }
        }

        return new(delivery, results);
    }

    public void Dispose() => _turn.Dispose();

    // Large deliveries take turns; the small ones pass between two parts.
    private async Task<bool> TryTakeTurnAsync(CancellationToken until)
    {
        try
        {
            await _turn.WaitAsync(until);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private Task<InspectedLogEvent[]> OfPartAsync(IEnumerable<LogEvent> part, DateTimeOffset receivedAt) =>
        Task.WhenAll(part.Select(logEvent => OfLogEventAsync(logEvent, receivedAt)));

    /// <remarks>
    /// Without the token of the request: if Okta hangs up after we have read what it sent, that is no reason to forget it.
    /// </remarks>
    public async Task<InspectedLogEvent> OfLogEventAsync(LogEvent logEvent, DateTimeOffset receivedAt) =>
        new(logEvent, await mediator.Send(new InspectLogEvent(logEvent, receivedAt), CancellationToken.None));
}

/// <summary>A delivery, and how the story of each log event in it ended.</summary>
internal sealed record InspectedDelivery(Delivery Delivery, IReadOnlyList<InspectedLogEvent> LogEvents)
{
    /// <summary>True if all log events in it were inspected.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>True if the quarantine holds its body already.</summary>
    public bool IsKept { get; init; }

    /// <summary>The log events in it that could not be read.</summary>
    public IReadOnlyList<Unreadable> Unreadable =>
    [
        .. LogEvents.Where(inspected => inspected.Result.Outcome == DetectionOutcome.Invalid)
            .Select(invalid => new Unreadable(invalid.Result.Because!, invalid.LogEvent.Org, invalid.LogEvent.Json)),
    ];
}

internal sealed record InspectedLogEvent(LogEvent LogEvent, DetectionResult Result);
