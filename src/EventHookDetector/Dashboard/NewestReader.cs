using System.Data.Common;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Storage;

namespace EventHookDetector.Dashboard;

/// <summary>The newest alerts, and how many of them are open. Each question is answered by the newest rows of an index.</summary>
internal sealed class NewestReader(DbConnection connection, DateTimeOffset since)
{
    private const int MostRules = 50;
    private const int NewestOfARule = 50;
    private const int Shown = 10;

    private const string Columns =
        $"id, outcome, because, severity, severity_reasons AS reasons, status, rule_name, actor_login, target_login || {AlertTargets.FurtherNamesSql} AS target_login, published, received_at";

    // What people were told of comes by rule, for which there is an index that goes on by id: a flood of capped ones is not gone through
    // for the few that were told. SQLite has to read which part of the rows the index of the others holds, word for word.
    private static string OfRule(int n) => $"FROM alerts WHERE rule_id = @Rule{n} AND outcome = 'alerted' AND id >= @First";

    internal static string ToldSql(int rules) => NewestOf(rules, NewestOfARule, n =>
        $"""
        SELECT {Columns}, (SELECT MIN(sent_at) FROM notifications WHERE subject = alerts.id AND kind = 'Alert') AS told_at
        {OfRule(n)}
        """);

    internal static readonly string WithheldSql = NewestOf(Withheld.Length, Shown, n =>
        $"SELECT {Columns} FROM alerts WHERE outcome = '{Withheld[n].ToColumn()}' AND outcome <> 'alerted' AND id >= @First");

    internal static string OpenSql(int rules) => string.Join(" UNION ALL ", Enumerable.Range(0, rules).Select(n =>
        $"""
        SELECT status, severity, COUNT(*) AS count, MAX(id) AS newest_id
        FROM (SELECT id, status, severity {OfRule(n)} ORDER BY id DESC LIMIT {Alerted.MostOfARule}) AS rule{n}
        GROUP BY status, severity
        """));

    private static AlertOutcome[] Withheld => [AlertOutcome.Capped, AlertOutcome.Excepted, AlertOutcome.Expected];

    /// <summary>What people were told of, newest first.</summary>
    public async Task<IReadOnlyList<AlertLine>> ToldAsync(IReadOnlyList<string> rules, CancellationToken cancellationToken) =>
        rules.Count == 0 ? [] : [.. await connection.QueryAsync<AlertLine>(OfRules(ToldSql, rules, cancellationToken))];

    /// <summary>Some of what people were told of, and of what they were not: a flood of the one does not hide the other.</summary>
    public async Task<IReadOnlyList<AlertLine>> ToShowAsync(IReadOnlyList<AlertLine> told, CancellationToken cancellationToken)
    {
        var withheld = await connection.QueryAsync<AlertLine>(new CommandDefinition(
            WithheldSql, new { First = AlertIds.FirstAt(since) }, cancellationToken: cancellationToken));
        AlertLine[] shown = [.. told.Take(Shown).Concat(withheld).OrderByDescending(alert => alert.Id, StringComparer.Ordinal)];
        var where = new Where().AndIn("subject", shown.Select(alert => alert.Id));
        var channels = (await connection.QueryAsync<ChannelCount>(new CommandDefinition(
            $"""
            SELECT subject, COUNT(*) AS channels, COUNT(CASE WHEN state = 'sent' THEN 1 END) AS told,
                COUNT(CASE WHEN state = 'pending' THEN 1 END) AS pending, MIN(sent_at) AS told_at
            FROM notifications {where} AND kind = 'Alert' GROUP BY subject
            """,
            where.Values,
            cancellationToken: cancellationToken))).ToDictionary(count => count.Subject, StringComparer.Ordinal);
        return [.. shown.Select(alert => channels.TryGetValue(alert.Id, out var count) ? count.AddTo(alert) : alert)];
    }

    public async Task<Alerted> CountAsync(IReadOnlyList<string> rules, CancellationToken cancellationToken)
    {
        if (rules.Count == 0) return new(0, 0, MostSevere: null);

        var counts = (await connection.QueryAsync<StatusCount>(OfRules(OpenSql, rules, cancellationToken))).ToList();
        var open = counts.Where(count => count.Status == AlertStatus.Open).ToList();
        var worst = open.OrderByDescending(count => count.Severity).ThenByDescending(count => count.NewestId, StringComparer.Ordinal).FirstOrDefault();
        return new(counts.Sum(count => count.Count), open.Sum(count => count.Count), worst is null ? null : await FindAsync(worst.NewestId, cancellationToken));
    }

    private Task<OpenAlert?> FindAsync(string id, CancellationToken cancellationToken) => connection.QuerySingleOrDefaultAsync<OpenAlert>(
        new CommandDefinition($"SELECT id, severity, target_login || {AlertTargets.FurtherNamesSql} AS target_login FROM alerts WHERE id = @Id", new { Id = id }, cancellationToken: cancellationToken));

    private CommandDefinition OfRules(Func<int, string> sql, IReadOnlyList<string> rules, CancellationToken cancellationToken)
    {
        var values = new DynamicParameters(new { First = AlertIds.FirstAt(since) });
        var some = rules.Take(MostRules).ToArray();
        for (var n = 0; n < some.Length; n++) values.Add($"Rule{n}", some[n]);
        return new CommandDefinition(sql(some.Length), values, cancellationToken: cancellationToken);
    }

    private static string NewestOf(int parts, int limit, Func<int, string> part) =>
        string.Join(" UNION ALL ", Enumerable.Range(0, parts).Select(n => $"SELECT * FROM ({part(n)} ORDER BY id DESC LIMIT {limit}) AS part{n}"))
        + $" ORDER BY id DESC LIMIT {limit}";

    private sealed record ChannelCount
    {
        public required string Subject { get; init; }

        public required long Channels { get; init; }

        public required long Told { get; init; }

        public required long Pending { get; init; }

        public DateTimeOffset? ToldAt { get; init; }

        public AlertLine AddTo(AlertLine alert) => alert with { Channels = Channels, ChannelsTold = Told, ChannelsPending = Pending, ToldAt = ToldAt };
    }

    private sealed record StatusCount
    {
        public required AlertStatus Status { get; init; }

        public required AlertSeverity Severity { get; init; }

        public required long Count { get; init; }

        public required string NewestId { get; init; }
    }
}
