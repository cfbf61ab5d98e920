namespace EventHookDetector.Okta;

/// <summary>One POST of Okta's, as far as we need it: where it came from, and the log events that somebody has to look at.</summary>
/// <remarks>Source of the format: https://developer.okta.com/docs/concepts/event-hooks/</remarks>
internal sealed record Delivery
{
    /// <summary>The host of the org that sent it, from <c>source</c>; null where that is missing or odd.</summary>
    public string? Org => OrgOf(Source);

    /// <summary>Where it came from, as it says itself.</summary>
    public string? Source { get; init; }

    /// <summary>Okta's own id of the delivery. It may differ between two hooks that carry the same log event.</summary>
    public string? EventId { get; init; }

    /// <summary>Log events of an event type we want, and those that could not be read at all, in the order of the body.</summary>
    public required IReadOnlyList<LogEvent> LogEvents { get; init; }

    /// <summary>How many further log events were seen and are of no event type that any rule wants.</summary>
    public int Unwanted { get; init; }

    /// <summary>Why the body as a whole is not a delivery; null when it is one. What could be read of it still stands above.</summary>
    public string? Defect { get; init; }

    public static string? OrgOf(string? source) => Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Host.Length > 0 ? uri.Host : null;
}
