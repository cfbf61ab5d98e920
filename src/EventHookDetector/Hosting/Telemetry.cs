using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventHookDetector.Hosting;

/// <summary>What can be measured, under the words that the rest of the project uses. What is told of traces begins in <see cref="Traces"/>.</summary>
internal static class Telemetry
{
    public const string Name = "EventHookDetector";

    /// <summary>Deliveries by answer; 499 is one whose sender hung up before it was answered.</summary>
    public static readonly Tally<int> Deliveries = new(answer => [new("answer", answer)]);

    public static readonly Tally<string> LogEvents = new(outcome => [new("outcome", outcome)]);

    public static readonly Tally<(string Notifier, string Result)> Attempts = new(key => [new("notifier", key.Notifier), new("result", key.Result)]);

    /// <summary>Notifications that have come to their end: sent or abandoned.</summary>
    public static readonly Tally<(string Notifier, string State)> Ended = new(key => [new("notifier", key.Notifier), new("state", key.State)]);

    /// <summary>1 while a notifier's last attempt was not taken, else 0.</summary>
    public static readonly Tally<string> FailingNotifiers = new(notifier => [new("notifier", notifier)]);

    public static readonly Tally<string> Quarantined = new(kind => [new("kind", kind)]);

    public static readonly Tally<string> FailedCommits = new(_ => []);

    /// <summary>Requests that were refused because too many of their kind ran, by kind.</summary>
    public static readonly Tally<string> RefusedRequests = new(kind => [new("kind", kind)]);

    public static readonly Tally<string> DroppedLogLines = new(_ => []);

    // What the database alone knows: see GaugeReader.
    public static readonly Tally<(string Notifier, string State)> OutboxDepth = new(key => [new("notifier", key.Notifier), new("state", key.State)]);
    public static readonly Tally<string> OutboxOldestAge = new(notifier => [new("notifier", notifier)]);
    public static readonly Tally<string> QuarantineItems = new(_ => []);
    public static readonly Tally<string> WriteAheadLog = new(_ => []);
    public static readonly Tally<string> ReadableDatabases = new(_ => []);

    private static readonly double[] Lags = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400];
    private static readonly double[] CommitTimes = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2];
    private static readonly double[] CommitSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> PublishedToReceived = Seconds("lag.published_received", Lags, "From what Okta's clock said when it happened to the receipt of its delivery, for log events that matched.");
    private static readonly Histogram<double> ReceivedToTold = Seconds("lag.received_told", Lags, "From the receipt of a delivery until a channel took the alert, by notifier.");
    private static readonly Histogram<double> PublishedToTold = Seconds("lag.published_told", Lags, "From what Okta's clock said when it happened until a channel took the alert, by notifier.");
    private static readonly Histogram<double> CommitDuration = Seconds("commit.duration", CommitTimes, "How long a commit took, from its begin until it was on disk.");
    private static readonly Histogram<double> CommitSize = Meter.CreateHistogram(
        Full("commit.size"), "{piece}", "How many pieces of work shared a commit.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = CommitSizes });

    static Telemetry()
    {
        Deliveries.Expect(204, 400, 401, 408, 413, 415, 431, 499, 503);
        FailedCommits.Expect("");
        DroppedLogLines.Expect("");
        Count("deliveries", Deliveries.Read, "{delivery}", "Deliveries by answer; 499 is one whose sender hung up before it was answered.");
        Count("log_events", LogEvents.Read, "{log event}", "Log events by outcome.");
        Count("attempts", Attempts.Read, "{attempt}", "Attempts to send a notification, by notifier and result.");
        Count("notifications", Ended.Read, "{notification}", "Notifications that were sent or abandoned, by notifier.");
        Count("quarantined", Quarantined.Read, "{item}", "What was put into the quarantine, by kind.");
        Count("commit.failures", FailedCommits.Read, "{commit}", "Commits that failed; what was in them was refused.");
        Count("requests.refused", RefusedRequests.Read, "{request}", "Requests that were answered 429 because too many of their kind ran, by kind. Never a delivery.");
        Count("log.lines.dropped", DroppedLogLines.Read, "{line}", "Log lines that were dropped because standard output was not read or could not be written.");
        Show("notifier.failing", FailingNotifiers.Read, "", "1 while the last attempt of a notifier was not taken, else 0.");
        Show("outbox.depth", OutboxDepth.Read, "{notification}", "Notifications that are pending or abandoned, by notifier.");
        Show("outbox.oldest_age", OutboxOldestAge.Read, "s", "How old the oldest pending notification is, by notifier; 0 if there is none.");
        Show("quarantine.items", QuarantineItems.Read, "{item}", "Items of the quarantine that nobody has replayed.");
        Show("sqlite.wal_size", WriteAheadLog.Read, "By", "Length of SQLite's write-ahead log. It grows while another program reads the file without end.");
        Show("database.readable", ReadableDatabases.Read, "", "1 if the database could be read for the numbers that only it knows, else 0.");
    }

    public static void MeasureReceipt(DateTimeOffset? published, DateTimeOffset receivedAt)
    {
        if (published is { } at) PublishedToReceived.Record(Lag(at, receivedAt));
    }

    public static void MeasureTelling(string notifier, DateTimeOffset? published, DateTimeOffset receivedAt, DateTimeOffset toldAt)
    {
        var label = new KeyValuePair<string, object?>("notifier", notifier);
        ReceivedToTold.Record(Lag(receivedAt, toldAt), label);
        if (published is { } at) PublishedToTold.Record(Lag(at, toldAt), label);
    }

    public static void MeasureCommit(int pieces, TimeSpan duration)
    {
        CommitSize.Record(pieces);
        CommitDuration.Record(duration.TotalSeconds);
    }

    /// <summary>Shows a notifier before it has done anything.</summary>
    /// <param name="results">The words that its attempts end with.</param>
    public static void Expect(string notifier, IEnumerable<string> results)
    {
        Attempts.Expect(results.Select(result => (notifier, result)));
        Ended.Expect((notifier, "sent"), (notifier, "abandoned"));
        FailingNotifiers.Expect(notifier);
    }

    // Okta's clock may be ahead of ours, and a sum of lags must not fall.
    private static double Lag(DateTimeOffset from, DateTimeOffset to) => Math.Max(0, (to - from).TotalSeconds);

    private static string Full(string name) => $"eventhookdetector.{name}";

    private static void Count(string name, Func<IEnumerable<Measurement<long>>> read, string unit, string description) =>
        Meter.CreateObservableCounter(Full(name), read, unit, description);

    private static void Show(string name, Func<IEnumerable<Measurement<long>>> read, string unit, string description) =>
        Meter.CreateObservableGauge(Full(name), read, unit, description);

    private static Histogram<double> Seconds(string name, double[] bounds, string description) =>
        Meter.CreateHistogram(Full(name), "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
