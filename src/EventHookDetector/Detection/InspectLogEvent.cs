using EventHookDetector.Alerts;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Asks the pipeline what to make of one log event. The stages write on it what those further down need to know.</summary>
internal sealed class InspectLogEvent(LogEvent logEvent, DateTimeOffset receivedAt) : IRequest<DetectionResult>
{
    private Rule? _rule;
    private string? _alertId;
    private DetectorTransaction? _transaction;

    public LogEvent LogEvent { get; } = logEvent;

    /// <summary>When its delivery reached us: the time that decides about the window.</summary>
    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    /// <summary>The rule it matches; known from MatchBehavior on.</summary>
    public Rule Rule
    {
        get => _rule ?? throw new InvalidOperationException("No rule has matched yet: this stage must stand below MatchBehavior.");
        set => _rule = value;
    }

    public bool HasMatched => _rule is not null;

    /// <summary>What everything below TransactionBehavior happens in.</summary>
    public DetectorTransaction Transaction
    {
        get => _transaction ?? throw new InvalidOperationException("No transaction yet: this stage must stand below TransactionBehavior.");
        set => _transaction = value;
    }

    /// <summary>What its alert is called, should it become one.</summary>
    public string AlertId => _alertId ??= AlertIds.Of(LogEvent.Key, ReceivedAt);

    /// <summary>The window it was received in, by its rule.</summary>
    public AlertWindow Window => AlertWindow.Of(ReceivedAt, Rule.Window);

    /// <summary>Why it matters more than its rule says; known from SeverityBehavior on.</summary>
    public IReadOnlyList<string> SeverityReasons { get; set; } = [];

    /// <summary>What is stored of it, for whichever stage ends its story with a row.</summary>
    public NewAlert ToAlert(AlertOutcome outcome)
    {
        var (severity, riskScore) = SeverityScale.Raise(Rule.Severity, Rule.RiskScore, SeverityReasons.Count);
        return new(AlertId, outcome, Rule.Identity, severity, riskScore, LogEvent, ReceivedAt, Window)
        {
            SeverityReasons = SeverityReasons,
            Kind = LogEvent.Fields.ActorKind(),
        };
    }
}
