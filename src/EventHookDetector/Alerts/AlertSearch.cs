using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>Which alerts to list; what is null does not matter.</summary>
internal sealed record AlertFilter(
    AlertOutcome? Outcome, AlertStatus? Status, string? Actor, string? Target, string? Rule, DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>Any of these severities; null for all.</summary>
    public IReadOnlyList<AlertSeverity>? Severities { get; init; }

    /// <summary>The most severe first, and of one severity the newest; otherwise the newest first.</summary>
    public bool BySeverity { get; init; }
}

/// <summary>The last alert of a page. A list by severity needs its severity too, as it was then: it may have been raised since.</summary>
internal sealed record AlertCursor(AlertSeverity? Severity, string Id)
{
    /// <returns>Null if it is no cursor of a list in that order.</returns>
    public static AlertCursor? Read(string text, bool bySeverity)
    {
        if (!bySeverity) return Guid.TryParseExact(text, "D", out _) ? new(null, text) : null;

        return text.Split('.') is [var word, var id] && Guid.TryParseExact(id, "D", out _) && ReadSeverity(word) is { } severity
            ? new(severity, id)
            : null;
    }

    public static AlertCursor Behind(Alert alert, bool bySeverity) => new(bySeverity ? alert.Severity : null, alert.Id);

    public override string ToString() => Severity is { } severity ? $"{severity.ToColumn()}.{Id}" : Id;

    private static AlertSeverity? ReadSeverity(string word) =>
        Enum.GetValues<AlertSeverity>().Where(severity => severity.ToColumn() == word).Select(severity => (AlertSeverity?)severity).FirstOrDefault();
}

/// <summary>
/// Finds a page of alerts without looking at many more, however many there are: by an index for the filter that leaves the
/// fewest, from the newest on until the page is full. What may stand in one of two places is looked for in each by itself.
/// </summary>
internal static class AlertSearch
{
    // Okta tells within minutes. What happened further away from its receipt is a replay, a back-fill, or a clock that is broken.
    private static readonly TimeSpan LongestOnTime = TimeSpan.FromDays(1);

    // Counted, because PostgreSQL may read all further targets for EXISTS.
    private const string IsAFurtherTarget =
        "0 < (SELECT COUNT(*) FROM alert_targets WHERE alert_id = alerts.id AND (alert_targets.target_id = @Target OR alert_targets.target_login = @Target))";

    public static bool IsLate(DateTimeOffset? published, DateTimeOffset receivedAt) => published is { } at && (at - receivedAt).Duration() > LongestOnTime;

    /// <summary>The order of a list, for the rows of its ids.</summary>
    public static string OrderOf(AlertFilter filter) => filter.BySeverity ? $"{SeverityScale.RankSql} DESC, id DESC" : "id DESC";

    /// <returns>The statement that names the ids of a page, and adds its values.</returns>
    public static string Sql(AlertFilter filter, AlertCursor? before, int limit, DynamicParameters values)
    {
        var places =
            from severity in SeveritiesOf(filter, before)
            from index in Indexed(filter, severity)
            from time in Times(filter)
            select Branch(filter, severity, index, time, isBehind: before is not null && (before.Severity is null || before.Severity == severity));
        values.AddDynamicParams(new
        {
            Before = before?.Id,
            Rule = filter.Rule?.Trim().ToLowerInvariant(),
            Actor = AlertRecord.Searchable(filter.Actor),
            Target = AlertRecord.Searchable(filter.Target),
            filter.From,
            filter.To,
            Earliest = filter.From is { } from ? AlertIds.FirstAt(from, -LongestOnTime) : null,
            Latest = filter.To is { } to ? AlertIds.FirstAt(to, LongestOnTime + TimeSpan.FromMilliseconds(1)) : null,
            Limit = limit,
        });
        var sql = string.Join(" UNION ", places.Select((place, n) => $"SELECT id FROM ({place} ORDER BY id DESC LIMIT @Limit) AS place{n}"));
        return sql.Length > 0 ? sql : "SELECT id FROM alerts WHERE 1 = 0";
    }

    // Each severity is looked for by itself; null stands for all of them together. In a list by severity, a page goes on in the
    // severity of its cursor and below.
    private static IEnumerable<AlertSeverity?> SeveritiesOf(AlertFilter filter, AlertCursor? before)
    {
        if (filter is { Severities: null, BySeverity: false }) return [null];

        return (filter.Severities ?? Enum.GetValues<AlertSeverity>())
            .Distinct()
            .Where(severity => before?.Severity is not { } last || severity <= last)
            .Select(severity => (AlertSeverity?)severity);
    }

    // Each of these has an index that goes on by id. An actor or a target leaves the fewest, then a severity above low. Where an index
    // holds a part of the rows, SQLite has to read which part, word for word.
    private static string[] Indexed(AlertFilter filter, AlertSeverity? severity) => filter switch
    {
        { Actor: not null } => ["actor_id = @Actor", "actor_login = @Actor"],
        { Target: not null } =>
        [
            "target_id = @Target", "target_login = @Target",
            "id IN (SELECT alert_id FROM alert_targets WHERE alert_targets.target_id = @Target)",
            "id IN (SELECT alert_id FROM alert_targets WHERE alert_targets.target_login = @Target)",
        ],
        _ when severity > AlertSeverity.Low => [SeverityIs(severity.Value)],
        { Outcome: not null and not AlertOutcome.Alerted } => [$"outcome = '{filter.Outcome.Value.ToColumn()}' AND outcome <> 'alerted'"],
        { Status: not null and not AlertStatus.Closed } => [$"status = '{filter.Status.Value.ToColumn()}' AND status <> 'closed'"],
        { Rule: not null } =>
        [
            .. Enum.GetValues<AlertOutcome>()
                .Where(outcome => filter.Outcome is null || filter.Outcome == outcome)
                .Select(outcome => $"rule_id = @Rule AND outcome = '{outcome.ToColumn()}'"),
        ],
        _ when severity is not null => [SeverityIs(severity.Value)],
        _ => ["1 = 1"],
    };

    private static string SeverityIs(AlertSeverity severity) => $"severity = '{severity.ToColumn()}'";

    // Ids begin with the time of receipt, so when it happened says between which ids it is, unless it came late.
    private static string[] Times(AlertFilter filter)
    {
        var happened = And(filter.From is null ? null : "COALESCE(published, received_at) >= @From", filter.To is null ? null : "COALESCE(published, received_at) < @To");
        var onTime = And(filter.From is null ? null : "id >= @Earliest", filter.To is null ? null : "id < @Latest");
        return happened is null ? [""] : [$"{happened} AND {onTime}", $"{happened} AND late = TRUE"];
    }

    private static string Branch(AlertFilter filter, AlertSeverity? severity, string index, string time, bool isBehind) => "SELECT id FROM alerts WHERE " + And(
        index,
        time,
        isBehind ? "id < @Before" : null,
        Rest(index, "severity", severity is { } one ? $"'{one.ToColumn()}'" : null),
        Rest(index, "outcome", filter.Outcome is { } outcome ? $"'{outcome.ToColumn()}'" : null),
        Rest(index, "status", filter.Status is { } status ? $"'{status.ToColumn()}'" : null),
        Rest(index, "rule_id", filter.Rule is null ? null : "@Rule"),
        filter.Target is null || index.Contains("@Target", StringComparison.Ordinal) ? null : $"(target_id || '' = @Target OR target_login || '' = @Target OR {IsAFurtherTarget})");

    // Behind the index that was chosen come conditions on the rows it finds; the concatenation keeps the engine from choosing another.
    private static string? Rest(string index, string column, string? value) =>
        value is null || index.Contains(column, StringComparison.Ordinal) ? null : $"{column} || '' = {value}";

    private static string? And(params string?[] conditions) =>
        conditions.Where(condition => !string.IsNullOrEmpty(condition)).ToList() is { Count: > 0 } given ? string.Join(" AND ", given) : null;
}

[Migration(202611240080, "Lists of many alerts")]
public sealed class AddListIndexes : SqlMigration
{
    protected override string Sql =>
        """
        ALTER TABLE alerts ADD COLUMN late {flag} NULL DEFAULT TRUE;
        CREATE INDEX alerts_late ON alerts (id) WHERE late = TRUE;
        CREATE INDEX alerts_actor_id ON alerts (actor_id, id);
        CREATE INDEX alerts_actor_login ON alerts (actor_login, id);
        CREATE INDEX alerts_target_id ON alerts (target_id, id);
        CREATE INDEX alerts_target_login ON alerts (target_login, id);
        CREATE INDEX alerts_status ON alerts (status, id) WHERE status <> 'closed';
        CREATE INDEX alerts_outcome ON alerts (outcome, id) WHERE outcome <> 'alerted';
        CREATE INDEX alerts_rule ON alerts (rule_id, outcome, id);
        DROP INDEX alerts_window
        """;
}

[Migration(202611300101, "Lists by severity")]
public sealed class AddSeverityIndex : SqlMigration
{
    protected override string Sql => "CREATE INDEX alerts_severity ON alerts (severity, id)";
}
