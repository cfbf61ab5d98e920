using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventHookDetector.Tests.Support;

/// <summary>Listens to the detector's traces, as an exporter does, and keeps what an exporter would send.</summary>
internal sealed class RecordedTraces : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public RecordedTraces()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "EventHookDetector",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> All => [.. _ended.Where(activity => activity.Recorded)];

    public IReadOnlyList<Activity> Of(string name) => [.. All.Where(activity => activity.OperationName == name)];

    public void Dispose() => _listener.Dispose();
}

/// <summary>What measures and traces the whole process does so alone: other detectors would be in it too.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
