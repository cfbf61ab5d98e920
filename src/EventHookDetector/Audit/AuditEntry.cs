namespace EventHookDetector.Audit;

/// <summary>One act, as it is kept and exported.</summary>
internal sealed record AuditEntry
{
    /// <summary>Its place in the chain, from 1 on without a gap; null until it is sealed.</summary>
    public long? Number { get; init; }

    /// <summary>A UUID of version 7: rows sort by it in the order of their time.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Null only if the name was blanked since.</summary>
    public string? Who { get; init; }

    public string? WhoSalt { get; init; }

    /// <summary>What the chain holds in place of the name; empty if it was blanked before it was sealed.</summary>
    public string? WhoDigest { get; init; }

    public required string Act { get; init; }

    public required string Subject { get; init; }

    /// <summary>JSON as text, for every character of it counts; null if there is nothing to say, or it was blanked since.</summary>
    public string? Details { get; init; }

    public string? DetailsSalt { get; init; }

    /// <summary>What the chain holds in place of the details; empty if there were none when it was sealed.</summary>
    public string? DetailsDigest { get; init; }

    public string? Hash { get; init; }

    /// <summary>Whether something of a person stood here that was taken away since.</summary>
    internal bool IsBlanked => (Who is null && WhoDigest is { Length: > 0 }) || (Details is null && DetailsDigest is { Length: > 0 });
}
