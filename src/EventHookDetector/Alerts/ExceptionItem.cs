namespace EventHookDetector.Alerts;

/// <summary>A stored reason not to alert although a rule's query matched, with somebody who answers for it and an end.</summary>
internal sealed record ExceptionItem
{
    public required string Id { get; init; }

    /// <summary>What it covers, in KQL.</summary>
    public required string Condition { get; init; }

    public required string Owner { get; init; }

    public required string Reason { get; init; }

    public string? Ticket { get; init; }

    /// <summary>From when on; null for no beginning.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>When its windows begin, if it covers nothing between them.</summary>
    public string? RecurrenceCron { get; init; }

    public long? RecurrenceSeconds { get; init; }

    public string? RecurrenceTimeZone { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }

    /// <summary>When it was ended before its time.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public string? EndedBy { get; init; }

    public long Hits { get; init; }

    public DateTimeOffset? LastHitAt { get; init; }

    /// <summary>When the notifiers were told that it ends soon; null if they were not, or of an earlier end.</summary>
    public DateTimeOffset? AnnouncedAt { get; init; }

    /// <summary>Another number after each change of any item: tells whether what is known of it still holds.</summary>
    public long Revision { get; init; }

    /// <summary>Number of log events stored in the days before the item was created or last changed; null if the item was not tried on them.</summary>
    public long? PreviewExamined { get; init; }

    /// <summary>Number of these log events that the item would have covered.</summary>
    public long? PreviewCovered { get; init; }

    public ExceptionItemPreview? Preview => PreviewExamined is { } examined ? new(ExceptionItemPreview.LengthInDays, examined, PreviewCovered ?? 0) : null;

    public string Because => $"Covered by exception item {Id}: {Reason} ({(Ticket is null ? "" : $"{Ticket}, ")}owner {Owner}).";

    public ExceptionItemState StateAt(DateTimeOffset now) => this switch
    {
        { EndedAt: not null } => ExceptionItemState.Ended,
        _ when now >= EndsAt => ExceptionItemState.Lapsed,
        _ when now < StartsAt => ExceptionItemState.Planned,
        _ => ExceptionItemState.InForce,
    };
}

/// <summary>Log events that an exception item would have covered in the days before it was created or last changed.</summary>
internal sealed record ExceptionItemPreview(int Days, long Examined, long Covered)
{
    public const int LengthInDays = 30;
}

/// <summary>Limits on the number of exception items and on the length of their conditions together.</summary>
internal sealed record ExceptionItemLimits(int Items, long Characters);

/// <summary>Result of a request to add or change an exception item.</summary>
internal enum ExceptionItemChange
{
    /// <summary>It stands as requested.</summary>
    Done,

    /// <summary>Its time was over or it had been ended, so it stays as it was.</summary>
    IsOver,

    /// <summary>Too many stand already, or their conditions are too long together.</summary>
    IsTooMuch,
}

/// <summary>Where an exception item stands.</summary>
internal enum ExceptionItemState
{
    /// <summary>It begins later.</summary>
    Planned,

    /// <summary>It covers what its condition matches.</summary>
    InForce,

    /// <summary>Its time is over.</summary>
    Lapsed,

    /// <summary>Somebody ended it before its time.</summary>
    Ended,
}
