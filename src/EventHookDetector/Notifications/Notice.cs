using EventHookDetector.Alerts;

namespace EventHookDetector.Notifications;

/// <summary>
/// What one notification says, before any channel's markup: the same words for a mail, for Slack and for a webhook. Names
/// and texts in it come from outside and are not escaped yet; that is for whoever knows the markup.
/// </summary>
internal sealed record Notice
{
    /// <summary>The notification's id: the same for every attempt, so that a receiver can tell a repetition.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about, such as the alert's id: mails about one thing belong to one thread.</summary>
    public required string Thread { get; init; }

    /// <summary>The kind, as a webhook's receiver reads it: alert.raised, alert.reminder, reset.expected, window.digest,
    /// exception.ending, exception.created, exception.changed, notifier.test.</summary>
    public required string Type { get; init; }

    /// <summary>When what it is about came to be known.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>One short line: a subject, a heading. It begins with the severity, if that was raised.</summary>
    public required string Title { get; init; }

    /// <summary>The severity, for channels that can mark a message as urgent. Null where a notice has none.</summary>
    public AlertSeverity? Severity { get; init; }

    /// <summary>Why the severity is above the rule's; shown directly below the title. Null if it was not raised.</summary>
    public string? RaisedBecause { get; init; }

    /// <summary>A sentence or two: who reset whose factors, and when.</summary>
    public required string Summary { get; init; }

    /// <summary>What is needed to judge it, in the order in which one asks.</summary>
    public required IReadOnlyList<Fact> Facts { get; init; }

    /// <summary>What to do next, one step an entry; may be empty.</summary>
    public IReadOnlyList<string> NextSteps { get; init; } = [];

    /// <summary>Where to read on, if <c>PublicUrl</c> is set.</summary>
    public Uri? Link { get; init; }

    /// <summary>The body of a webhook: serialized as it is, under <c>data</c>.</summary>
    public required object Data { get; init; }
}

/// <summary>One thing worth knowing, such as <c>Address: 198.51.100.23</c>.</summary>
internal sealed record Fact(string Label, string Value);

/// <summary>What a notification can be about.</summary>
internal enum NoticeKind
{
    /// <summary>An alert was raised.</summary>
    Alert,

    /// <summary>A window closed that had no room for some alerts.</summary>
    Digest,

    /// <summary>Nobody has taken up an alert.</summary>
    Reminder,

    /// <summary>An exception item ends soon.</summary>
    ExceptionItemEnding,

    /// <summary>An exception item was created.</summary>
    ExceptionItemCreated,

    /// <summary>An exception item was changed.</summary>
    ExceptionItemChanged,

    /// <summary>Many exception items were created or changed within minutes.</summary>
    ExceptionItemChanges,
}
