using System.Data.Common;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.EventHook;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventHookDetector.Dashboard;

/// <summary>
/// Reads how things stand, by indexes and up to a limit everywhere: somebody looks at it all night, beside the deliveries, and
/// however many alerts are stored.
/// </summary>
internal sealed class OverviewReader(Database database, DatabaseCheck check, HookActivity activity, Notifiers notifiers, TimeProvider clock)
{
    private const int MostWindows = 5_000;
    private const int MostOfAnOutcome = 10_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public async Task<Overview> ReadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var windows = await WindowsAsync(connection, now - Day, cancellationToken);
        var excepted = await ReceivedAsync(connection, AlertOutcome.Excepted, now - Day, cancellationToken);
        var expected = await ReceivedAsync(connection, AlertOutcome.Expected, now - Day, cancellationToken);
        string[] rules = [.. windows.Select(window => window.RuleId).Distinct(StringComparer.Ordinal)];
        var newest = new NewestReader(connection, now - Day);
        var told = await newest.ToldAsync(rules, cancellationToken);
        var counts = new OutcomeTimes(windows, excepted, expected);
        return new Overview
        {
            At = now,
            IsComplete = windows.Count < MostWindows && excepted.Count < MostOfAnOutcome && expected.Count < MostOfAnOutcome,
            Source = await activity.ReadAsync(connection, cancellationToken),
            Database = await CheckAsync(cancellationToken),
            Day = counts.In(TimeSpan.FromMinutes(15), 96, now),
            Windows = counts.In(TimeSpan.FromMinutes(5), 24, now),
            Alerted = await newest.CountAsync(rules, cancellationToken),
            Newest = await newest.ToShowAsync(told, cancellationToken),
            Channels = await new ChannelReader(connection, now - Day).ReadAsync(notifiers.All, cancellationToken),
            Lag = LagOf(told),
        };
    }

    private async Task<DatabaseState> CheckAsync(CancellationToken cancellationToken)
    {
        var found = await check.CheckHealthAsync(new HealthCheckContext(), cancellationToken);
        return new(found.Status == HealthStatus.Healthy, found.Description);
    }

    /// <summary>Windows hold the counts already, so however many alerts there are, nobody counts them again.</summary>
    private static async Task<IReadOnlyList<WindowCount>> WindowsAsync(DbConnection connection, DateTimeOffset since, CancellationToken cancellationToken) =>
        [.. await connection.QueryAsync<WindowCount>(new CommandDefinition(
            """
            SELECT rule_id, window_start AS start, alerted, capped
            FROM (SELECT * FROM alert_windows ORDER BY id DESC LIMIT @Limit) AS newest
            WHERE window_start >= @Since
            """,
            new { Since = since, Limit = MostWindows },
            cancellationToken: cancellationToken))];

    private static async Task<IReadOnlyList<DateTimeOffset>> ReceivedAsync(
        DbConnection connection, AlertOutcome outcome, DateTimeOffset since, CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync<string>(new CommandDefinition(
            ReceivedSql(outcome), new { First = AlertIds.FirstAt(since) }, cancellationToken: cancellationToken))).Select(AlertIds.ReceivedAt)];

    // Ids begin with the time of receipt, so the index alone answers. SQLite has to read which part of the rows it holds, word for word.
    internal static string ReceivedSql(AlertOutcome outcome) =>
        $"""
        SELECT id FROM alerts WHERE outcome = '{outcome.ToColumn()}' AND outcome <> 'alerted' AND id >= @First
        ORDER BY id DESC LIMIT {MostOfAnOutcome}
        """;

    private static Lag LagOf(IReadOnlyList<AlertLine> told) => new(
        told.Count,
        told.Count(alert => alert.ToldAt is null),
        LagSeconds.Of(told.Where(alert => !AlertSearch.IsLate(alert.Published, alert.ReceivedAt)).Select(alert => alert.ReceivedAt - alert.Published).OfType<TimeSpan>()),
        LagSeconds.Of(told.Select(alert => alert.ToldAt - alert.ReceivedAt).OfType<TimeSpan>()));

    /// <summary>What one window of one rule held.</summary>
    internal sealed record WindowCount
    {
        public required string RuleId { get; init; }

        public required DateTimeOffset Start { get; init; }

        public required long Alerted { get; init; }

        public required long Capped { get; init; }
    }
}
