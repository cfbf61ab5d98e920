using System.Diagnostics;

namespace EventHookDetector.Hosting;

/// <summary>
/// Where traces begin: a delivery, a commit, an attempt to tell. While nobody listens there are none, and nothing is made.
/// What is written on them are ids and words of ours: no login, no name, no secret, and nothing else of a log event.
/// </summary>
internal static class Traces
{
    public static readonly ActivitySource Source = new(Telemetry.Name);

    /// <summary>Begins a trace of its own, whatever it is called from: a trace that a stranger's request names is not gone on with.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="kind">How it stands to the outside.</param>
    /// <param name="links">Where else to read on; asked only if somebody listens.</param>
    public static Activity? Begin(string name, ActivityKind kind, Func<IEnumerable<ActivityLink>>? links = null)
    {
        if (!Source.HasListeners()) return null;

        Activity.Current = null;
        return Source.StartActivity(name, kind, parentContext: default, links: links?.Invoke());
    }

    /// <summary>The trace that a text names, as a link.</summary>
    /// <param name="traceparent">As W3C's Trace Context writes it; null where there was none.</param>
    public static IEnumerable<ActivityLink> LinkTo(string? traceparent) =>
        ActivityContext.TryParse(traceparent, null, isRemote: true, out var context) ? [new(context)] : [];

    /// <summary>What has just happened, for whoever comes upon what we leave behind; null if nobody records it.</summary>
    public static string? Traceparent => Activity.Current is { Recorded: true } activity ? activity.Id : null;

    /// <summary>The kind of a fault is told, its words are not: they may repeat what came from outside.</summary>
    public static void Fail(this Activity activity, Exception fault) => activity.SetStatus(ActivityStatusCode.Error, fault.GetType().Name);

    /// <summary>Takes back what turned out not to be worth a line.</summary>
    public static void Withdraw(this Activity activity) => activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
}
