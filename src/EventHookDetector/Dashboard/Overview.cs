using System.Text.Json.Serialization;
using EventHookDetector.Alerts;
using EventHookDetector.EventHook;

namespace EventHookDetector.Dashboard;

/// <summary>How things stand, at one glance: what was found in the last 24 hours, whom it reached, and how fast.</summary>
internal sealed record Overview
{
    /// <summary>When this was read.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>False while so much happens that only the newest of it was counted: numbers are then too low, never too high.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Requests that reach the event hook. A dead hook must not look like a quiet night.</summary>
    public required HookSource Source { get; init; }

    /// <summary>State of the database: true if it can be written.</summary>
    public required DatabaseState Database { get; init; }

    /// <summary>The last 24 hours in quarters of an hour, oldest first.</summary>
    public required IReadOnlyList<OutcomeCount> Day { get; init; }

    /// <summary>The last two hours in windows of five minutes, oldest first.</summary>
    public required IReadOnlyList<OutcomeCount> Windows { get; init; }

    /// <summary>The alerts of the last 24 hours that people were to be told of, and how many of them wait for somebody.</summary>
    public required Alerted Alerted { get; init; }

    /// <summary>The newest of the last 24 hours: at most ten that people were to be told of, and ten of which nobody was.</summary>
    public required IReadOnlyList<AlertLine> Newest { get; init; }

    /// <summary>The channels, those that fail first, then in the order of the configuration.</summary>
    public required IReadOnlyList<Channel> Channels { get; init; }

    /// <summary>How long it took lately.</summary>
    public required Lag Lag { get; init; }
}

/// <param name="IsHealthy">False while it cannot be written, and then deliveries are answered 503.</param>
/// <param name="Description">Why it cannot; null if it can.</param>
internal sealed record DatabaseState(bool IsHealthy, string? Description);

/// <summary>How log events that matched ended, in a stretch of time. A window counts where it begins.</summary>
/// <param name="Start">Where it begins, inclusive, in the time of receipt.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Alerted">How many alerts people were told of.</param>
/// <param name="Capped">How many a full window withheld.</param>
/// <param name="Excepted">How many an exception item, or their rule, excepted.</param>
/// <param name="Expected">How many were announced.</param>
internal sealed record OutcomeCount(DateTimeOffset Start, DateTimeOffset End, long Alerted, long Capped, long Excepted, long Expected);

/// <summary>Alerts of outcome alerted, counted when they were received.</summary>
/// <param name="Count">How many there are; of one rule, only the newest thousand are counted.</param>
/// <param name="Open">How many of them nobody has taken up.</param>
/// <param name="MostSevere">The most severe one that is open, and of several the newest; null if none is.</param>
internal sealed record Alerted(long Count, long Open, OpenAlert? MostSevere)
{
    public const int MostOfARule = 1000;
}

/// <summary>An alert that waits for somebody.</summary>
internal sealed record OpenAlert
{
    public required string Id { get; init; }

    public required AlertSeverity Severity { get; init; }

    /// <summary>The login of the target, several separated by commas; null if the log event does not say.</summary>
    public string? TargetLogin { get; init; }
}

/// <summary>An alert in one line.</summary>
internal sealed record AlertLine
{
    /// <summary>The alert's id: <c>GET /api/alerts/{id}</c> shows all of it.</summary>
    public required string Id { get; init; }

    /// <summary>How its log event's story ended.</summary>
    public required AlertOutcome Outcome { get; init; }

    /// <summary>Why, where the outcome alone does not say it.</summary>
    public string? Because { get; init; }

    public required AlertSeverity Severity { get; init; }

    /// <summary>Why the severity is above the rule's, one sentence a step; empty if it is not.</summary>
    public IReadOnlyList<string> SeverityReasons => Alerts.SeverityReasons.FromColumn(Reasons);

    [JsonIgnore]
    public string? Reasons { get; init; }

    public required AlertStatus Status { get; init; }

    /// <summary>The name of the rule that found it.</summary>
    public required string RuleName { get; init; }

    /// <summary>The login of whoever did it; null if the log event does not say.</summary>
    public string? ActorLogin { get; init; }

    /// <summary>The login of the target, several separated by commas; null if the log event does not say.</summary>
    public string? TargetLogin { get; init; }

    /// <summary>When it happened, by Okta's clock.</summary>
    public DateTimeOffset? Published { get; init; }

    /// <summary>When the log event was received.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When the first channel took it; null until then.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>How many channels are to tell it.</summary>
    public long Channels { get; init; }

    /// <summary>How many of them took it.</summary>
    public long ChannelsTold { get; init; }

    /// <summary>How many of them are still being tried; the rest was given up.</summary>
    public long ChannelsPending { get; init; }
}

/// <summary>A notifier and how it fares.</summary>
/// <param name="Name">The name it is configured under.</param>
/// <param name="Type">slack, email or webhook.</param>
/// <param name="Health">In one word.</param>
/// <param name="Pending">How many notifications are still being tried; 1001 stands for more than a thousand.</param>
/// <param name="Abandoned">How many of the last 24 hours were given up; 1001 stands for more than a thousand.</param>
/// <param name="WaitingSince">When the oldest one that is pending was written; null if none is.</param>
/// <param name="LastSentAt">When it last took one; null if it never has.</param>
/// <param name="LastError">Why it does not take them; null while it does.</param>
internal sealed record Channel(
    string Name, string Type, ChannelHealth Health, long Pending, long Abandoned, DateTimeOffset? WaitingSince, DateTimeOffset? LastSentAt, string? LastError);

/// <summary>How a channel fares.</summary>
internal enum ChannelHealth
{
    /// <summary>It took the last one.</summary>
    Ok,

    /// <summary>It did not take the last one, or does not take the oldest one that is pending.</summary>
    Failing,

    /// <summary>It was never told anything yet: send a test.</summary>
    Unused,
}

/// <summary>How long the newest alerts took, in seconds. Null where there is none to say it of.</summary>
/// <param name="Alerts">Of how many alerts this is said.</param>
/// <param name="Untold">How many of them no channel has taken yet.</param>
/// <param name="PublishedToReceived">From Okta's clock to our receipt, leaving out what came more than a day late.</param>
/// <param name="ReceivedToTold">From our receipt to the first channel that took it.</param>
internal sealed record Lag(int Alerts, int Untold, LagSeconds? PublishedToReceived, LagSeconds? ReceivedToTold);

/// <param name="Median">Half of them were faster.</param>
/// <param name="Longest">The slowest.</param>
internal sealed record LagSeconds(double Median, double Longest)
{
    public static LagSeconds? Of(IEnumerable<TimeSpan> spans) => spans.Order().ToArray() is { Length: > 0 } sorted
        ? new(Round(sorted[sorted.Length / 2]), Round(sorted[^1]))
        : null;

    private static double Round(TimeSpan span) => Math.Round(span.TotalSeconds, 3);
}
