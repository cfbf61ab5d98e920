using Dapper;
using EventHookDetector.Okta;
using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>
/// Sums up the alerts that a full window suppressed. The database counts, so that a flood of large log events costs no memory here:
/// none of them is read.
/// </summary>
internal sealed class SuppressedByWindow(Database database)
{
    private const int MostNames = 50;
    private const int MostSevere = 10;

    private const string OfWindow =
        """
        FROM alerts
        WHERE rule_id = @RuleId AND outcome = 'capped' AND id >= @First AND id < @Behind AND window_start = @Start AND window_end = @End
        """;

    public async Task<SuppressedSummary> SumUpAsync(string ruleId, AlertWindow window, CancellationToken cancellationToken)
    {
        var values = new { RuleId = ruleId, First = AlertIds.FirstAt(window.Start), Behind = AlertIds.FirstAt(window.End), window.Start, window.End };
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var kinds = await ReadAsync<Kind>(
            $"SELECT severity, event_type, MIN(rule_name) AS rule_name, COUNT(*) AS count {OfWindow} GROUP BY severity, event_type");
        return new SuppressedSummary(
            kinds.FirstOrDefault()?.RuleName,
            kinds.All(kind => FactorResets.Include(kind.EventType)),
            [.. kinds.GroupBy(kind => kind.Severity).OrderByDescending(group => group.Key).Select(group => new SeverityCount(group.Key, group.Sum(kind => kind.Count)))],
            await ReadAsync<SuppressedAlert>(
                $"""
                SELECT id, severity, severity_reasons AS reasons, {NameOf("target")} || {AlertTargets.FurtherNamesSql} AS target, {NameOf("actor")} AS actor FROM alerts
                WHERE id IN (SELECT id {OfWindow} ORDER BY {SeverityScale.RankSql} DESC, id LIMIT {MostSevere})
                ORDER BY {SeverityScale.RankSql} DESC, id
                """),
            await ReadAsync<SuppressedName>(NamesSql("target", FurtherTargets)),
            await ReadAsync<SuppressedName>(NamesSql("actor")));

        async Task<IReadOnlyList<T>> ReadAsync<T>(string sql) =>
            [.. await connection.QueryAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken))];
    }

    private static readonly string FurtherTargets =
        $"""
        UNION ALL SELECT {NameOf("alert_targets.target")} AS name, capped.rank
        FROM (SELECT id AS capped_id, {SeverityScale.RankSql} AS rank {OfWindow}) AS capped JOIN alert_targets ON alert_targets.alert_id = capped_id
        """;

    private static string NamesSql(string role, string more = "") =>
        $"""
        SELECT name, COUNT(*) AS count, MAX(rank) AS severity, COUNT(*) OVER () AS names
        FROM (SELECT {NameOf(role)} AS name, {SeverityScale.RankSql} AS rank {OfWindow} {more}) AS named
        GROUP BY name ORDER BY MAX(rank) DESC, COUNT(*) DESC, name LIMIT {MostNames}
        """;

    // Okta writes "unknown" where it knows no login.
    private static string NameOf(string role) => $"COALESCE(NULLIF(NULLIF({role}_login, ''), 'unknown'), {role}_id, '')";

    private sealed record Kind
    {
        public required AlertSeverity Severity { get; init; }

        public required string EventType { get; init; }

        public required string RuleName { get; init; }

        public required long Count { get; init; }
    }
}

/// <summary>Alerts that a full window suppressed, the most severe first.</summary>
/// <param name="RuleName">The rule's name; null if nothing of it is stored any more.</param>
/// <param name="AreResets">Whether all of it is about MFA factors.</param>
/// <param name="Severities">How many alerts of each severity.</param>
/// <param name="MostSevere">The most severe alerts, and of these the oldest; at most ten.</param>
/// <param name="Targets">Whose accounts, at most fifty.</param>
/// <param name="Actors">By whom, at most fifty.</param>
internal sealed record SuppressedSummary(
    string? RuleName,
    bool AreResets,
    IReadOnlyList<SeverityCount> Severities,
    IReadOnlyList<SuppressedAlert> MostSevere,
    IReadOnlyList<SuppressedName> Targets,
    IReadOnlyList<SuppressedName> Actors);

/// <summary>Number of alerts of one severity.</summary>
internal sealed record SeverityCount(AlertSeverity Severity, long Count);

/// <summary>A suppressed alert in one line; a name is empty where Okta gave none.</summary>
internal sealed record SuppressedAlert
{
    public required string Id { get; init; }

    public required AlertSeverity Severity { get; init; }

    public string? Reasons { get; init; }

    public required string Target { get; init; }

    public required string Actor { get; init; }
}

/// <summary>A login, or else an id, and in how many suppressed alerts it occurs.</summary>
internal sealed record SuppressedName
{
    public required string Name { get; init; }

    public required long Count { get; init; }

    /// <summary>The highest severity of these alerts.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>Number of different names.</summary>
    public required long Names { get; init; }
}
