using EventHookDetector.Okta;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>An alert before it is stored.</summary>
internal sealed record NewAlert(
    string Id,
    AlertOutcome Outcome,
    RuleIdentity Rule,
    AlertSeverity Severity,
    int RiskScore,
    LogEvent LogEvent,
    DateTimeOffset ReceivedAt,
    AlertWindow Window)
{
    /// <summary>Why it ended as it did, where the outcome alone does not say it.</summary>
    public string? Because { get; init; }

    /// <summary>The announcement that it used up.</summary>
    public string? ExpectedResetId { get; init; }

    /// <summary>The exception item that covered it.</summary>
    public string? ExceptionItemId { get; init; }

    /// <summary>Why its severity is above its rule's; empty if it is not.</summary>
    public IReadOnlyList<string> SeverityReasons { get; init; } = [];

    /// <summary>By whom: administrator, self or support.</summary>
    public ActorKind Kind { get; init; }
}

/// <summary>
/// How an alert is kept: the log event as it came, and beside it only what lists are searched by. Everything else that an
/// alert shows is read from the log event again, so there is no second truth that could differ.
/// </summary>
internal static class AlertRecord
{
    public static Task InsertAsync(DetectorTransaction transaction, NewAlert alert)
    {
        var (logEvent, fields) = (alert.LogEvent, alert.LogEvent.Fields);
        var inserting = transaction.ExecuteAsync(
            """
            INSERT INTO alerts
                (id, outcome, status, severity, risk_score, rule_id, rule_name, rule_version, uuid, org, event_type,
                 published, received_at, actor_id, actor_login, target_id, target_login, window_start, window_end,
                 because, expected_reset_id, exception_item_id, kind, severity_reasons, late, raw, raw_sha256)
            VALUES
                (@Id, @Outcome, @Status, @Severity, @RiskScore, @RuleId, @RuleName, @RuleVersion, @Uuid, @Org, @EventType,
                 @Published, @ReceivedAt, @ActorId, @ActorLogin, @TargetId, @TargetLogin, @WindowStart, @WindowEnd,
                 @Because, @ExpectedResetId, @ExceptionItemId, @Kind, @SeverityReasons, @Late, @Raw, @RawHash)
            """,
            alert.Id, alert.Outcome.ToColumn(), AlertStatus.Open.ToColumn(), alert.Severity.ToColumn(), alert.RiskScore,
            alert.Rule.Id, alert.Rule.Name, alert.Rule.Version, logEvent.Uuid, logEvent.Org, logEvent.EventType,
            fields.Published, alert.ReceivedAt, Searchable(fields.Actor?.Id), Searchable(fields.Actor?.AlternateId),
            Searchable(fields.TargetUser?.Id), Searchable(fields.TargetUser?.AlternateId),
            alert.Window.Start, alert.Window.End,
            alert.Because, alert.ExpectedResetId, alert.ExceptionItemId, alert.Kind.ToColumn(),
            SeverityReasons.ToColumn(alert.SeverityReasons), AlertSearch.IsLate(fields.Published, alert.ReceivedAt),
            logEvent.Json, logEvent.ContentHash);
        return fields.TargetUsers.Count < 2 ? inserting : Task.WhenAll(inserting, AlertTargets.InsertAsync(transaction, alert.Id, fields.TargetUsers));
    }

    // No id or login is as long as this, and an index takes no more.
    private const int LongestSearched = 400;

    /// <summary>Ids and logins are found in any letter case.</summary>
    public static string? Searchable(string? text) =>
        text?.Trim() is { } trimmed ? trimmed[..Math.Min(trimmed.Length, LongestSearched)].Replace('\0', '\uFFFD').ToLowerInvariant() : null;

    public static string ToColumn<T>(this T value)
        where T : struct, Enum => Names<T>.OfValue[value];

    public static T FromColumn<T>(string text)
        where T : struct, Enum => Enum.Parse<T>(text, ignoreCase: true);

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> OfValue =
            Enum.GetValues<T>().ToDictionary(value => value, value => value.ToString().ToLowerInvariant());
    }
}

[Migration(202611240002, "Alerts")]
public sealed class CreateAlerts : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE alerts (
            id TEXT NOT NULL PRIMARY KEY,
            outcome TEXT NOT NULL,
            status TEXT NOT NULL,
            severity TEXT NOT NULL,
            risk_score INTEGER NOT NULL,
            rule_id TEXT NOT NULL,
            rule_name TEXT NOT NULL,
            rule_version INTEGER NOT NULL,
            uuid TEXT NOT NULL,
            org TEXT NULL,
            event_type TEXT NOT NULL,
            published {time} NULL,
            received_at {time} NOT NULL,
            actor_id TEXT NULL,
            actor_login TEXT NULL,
            target_id TEXT NULL,
            target_login TEXT NULL,
            window_start {time} NOT NULL,
            window_end {time} NOT NULL,
            raw BLOB NOT NULL,
            raw_sha256 TEXT NOT NULL
        );
        CREATE INDEX alerts_capped ON alerts (rule_id, window_start) WHERE outcome = 'capped'
        """;
}
