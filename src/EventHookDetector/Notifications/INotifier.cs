namespace EventHookDetector.Notifications;

/// <summary>
/// Tells one channel one thing, once. It formats, sends and judges the answer; when to try again, how often, and when to
/// stop is the outbox worker's business.
/// </summary>
internal interface INotifier
{
    /// <summary>The name it is configured under: <c>Notifiers:{name}</c>.</summary>
    string Name { get; }

    /// <summary>The type and how fast it may be used.</summary>
    NotifierOptions Options { get; }

    /// <summary>Where it tells, for an operator's eye: a host or an address, and never the part that is a credential.</summary>
    string Destination { get; }

    /// <returns>What the channel answered. What goes wrong on the way is an answer too: this does not throw, except for the token.</returns>
    Task<NotificationResult> NotifyAsync(Notice notice, CancellationToken cancellationToken);
}
