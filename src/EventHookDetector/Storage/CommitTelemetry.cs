using System.Diagnostics;
using EventHookDetector.Hosting;

namespace EventHookDetector.Storage;

/// <summary>What is told of a commit: how many shared it, how long it took, and in whose traces to find it.</summary>
internal sealed class CommitTelemetry
{
    /// <summary>For what is only tried: it is neither counted nor traced.</summary>
    public static readonly CommitTelemetry Silent = new() { IsSilent = true };

    private bool IsSilent { get; init; }

    /// <summary>
    /// A commit belongs to all that share it, so it is a trace of its own: it links to each of theirs, and each of theirs to it.
    /// </summary>
    public Activity? Begin(IReadOnlyList<PieceOfWork> share)
    {
        if (IsSilent) return null;

        var activity = Traces.Begin("commit", ActivityKind.Internal, () => share
            .Select(piece => piece.Caller).OfType<Activity>().Select(caller => new ActivityLink(caller.Context)));
        if (activity is null) return null;

        foreach (var piece in share) piece.Caller?.AddLink(new ActivityLink(activity.Context));
        return activity.SetTag("pieces", share.Count);
    }

    public void Committed(int pieces, TimeSpan duration)
    {
        if (!IsSilent) Telemetry.MeasureCommit(pieces, duration);
    }

    public void Failed(Activity? activity, Exception fault)
    {
        activity?.Fail(fault);
        if (!IsSilent) Telemetry.FailedCommits.Add("");
    }
}
