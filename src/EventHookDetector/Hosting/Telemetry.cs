using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventHookDetector.Hosting;

/// <summary>What can be measured and traced, under the words that the rest of the project uses.</summary>
internal static class Telemetry
{
    private const string Name = "EventHookDetector";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> LogEvents =
        Meter.CreateCounter<long>("eventhookdetector.log_events", "{log event}", "Log events by outcome.");

    private static readonly Counter<long> Deliveries =
        Meter.CreateCounter<long>("eventhookdetector.deliveries", "{delivery}", "Deliveries by answer.");

    private static readonly Counter<long> Attempts =
        Meter.CreateCounter<long>("eventhookdetector.attempts", "{attempt}", "Attempts to send a notification, by notifier and result.");

    public static void CountLogEvents(string outcome, int count) => LogEvents.Add(count, new KeyValuePair<string, object?>("outcome", outcome));

    public static void CountDelivery(int answer) => Deliveries.Add(1, new KeyValuePair<string, object?>("answer", answer));

    public static void CountAttempt(string notifier, string result) =>
        Attempts.Add(1, new("notifier", notifier), new("result", result));
}
