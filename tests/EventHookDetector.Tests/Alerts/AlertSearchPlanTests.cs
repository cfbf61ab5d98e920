using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Alerts;

/// <summary>Whatever is asked for, no engine goes through all alerts: asked with so many stored that an index pays.</summary>
public sealed class AlertSearchPlanTests : IAsyncDisposable
{
    private const int Stored = 20_000;

    private static readonly DateTimeOffset Newest = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    private readonly DetectorApp _detector = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_filter_makes_an_engine_go_through_all_alerts()
    {
        await StoreAsync();
        var (actor, target, rule) = ("actor-7", "target-7", "rule-3");
        var (from, to) = (Newest.AddHours(-3), Newest.AddHours(-2));
        var before = AlertIds.FirstAt(Newest.AddHours(-1));

        AlertFilter[] filters =
        [
            Nothing with { Actor = actor },
            Nothing with { Target = target },
            Nothing with { Target = target, Outcome = AlertOutcome.Capped, From = from },
            Nothing with { Rule = rule },
            Nothing with { Outcome = AlertOutcome.Capped },
            Nothing with { Status = AlertStatus.Open },
            Nothing with { Status = AlertStatus.Acknowledged },
            Nothing with { From = from },
            Nothing with { To = to },
            Nothing with { From = from, To = to },
            Nothing with { Actor = actor, Target = target, Status = AlertStatus.Open },
            Nothing with { Actor = actor, From = from, To = to },
            new(AlertOutcome.Alerted, AlertStatus.Closed, actor, target, rule, from, to),
            .. Enum.GetValues<AlertSeverity>().Select(severity => Nothing with { Severities = [severity] }),
            Nothing with { Severities = [AlertSeverity.High, AlertSeverity.Critical] },
            Nothing with { Severities = [AlertSeverity.Critical], Status = AlertStatus.Open, Outcome = AlertOutcome.Alerted },
            Nothing with { BySeverity = true },
            Nothing with { BySeverity = true, Status = AlertStatus.Open },
            Nothing with { BySeverity = true, Outcome = AlertOutcome.Capped, Rule = rule },
            Nothing with { BySeverity = true, Severities = [AlertSeverity.High, AlertSeverity.Critical], From = from, To = to },
            Nothing with { BySeverity = true, Actor = actor, Target = target },
        ];
        var plans = new List<string>();
        foreach (var filter in filters)
        {
            foreach (var cursor in (AlertCursor?[])[null, new(filter.BySeverity ? AlertSeverity.High : null, before)]) plans.Add($"{filter} {cursor}\n{await PlanAsync(filter, cursor)}");
        }

        plans.Add(await PlanAsync(Nothing, new AlertCursor(null, before)));

        Assert.All(plans, plan => Assert.False(GoesThroughAllAlerts(plan), plan));
    }

    [Fact]
    public async Task It_would_be_seen_if_one_did()
    {
        await StoreAsync();

        Assert.True(GoesThroughAllAlerts(await PlanAsync("SELECT id FROM alerts WHERE rule_version = 7 ORDER BY id DESC", new DynamicParameters())));
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static AlertFilter Nothing => new(null, null, null, null, null, null, null);

    private static bool GoesThroughAllAlerts(string plan) =>
        plan.Contains("Seq Scan on alert", StringComparison.Ordinal) || plan.Split('\n').Any(GoesThroughAll);

    // The index of those that came late holds nothing else.
    private static bool GoesThroughAll(string step) => step.StartsWith("SCAN alert", StringComparison.Ordinal) && !step.EndsWith(" alerts_late", StringComparison.Ordinal);

    private Task<string> PlanAsync(AlertFilter filter, AlertCursor? before)
    {
        var values = new DynamicParameters();
        var ids = AlertSearch.Sql(filter, before, 51, values);
        return PlanAsync($"SELECT id, raw FROM alerts WHERE id IN ({ids}) ORDER BY {AlertSearch.OrderOf(filter)} LIMIT @Limit", values);
    }

    private async Task<string> PlanAsync(string sql, DynamicParameters values)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(Cancellation);
        var isSqlite = _detector.Settings["Storage:Provider"] == "Sqlite";
        var steps = await connection.QueryAsync($"{(isSqlite ? "EXPLAIN QUERY PLAN" : "EXPLAIN")} {sql}", values);
        return string.Join('\n', steps.Select(step => isSqlite ? (string)step.detail : (string)((IDictionary<string, object>)step)["QUERY PLAN"]));
    }

    private async Task StoreAsync()
    {
        _ = _detector.Http;
        await _detector.WriteAsync(async transaction =>
        {
            for (var number = 0; number < Stored; number++) await StoreAsync(transaction, number);
            for (var number = 0; number < Stored; number += 3) await StoreFurtherTargetAsync(transaction, number);
            return 0;
        });
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync("ANALYZE alerts"));
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync("ANALYZE alert_targets"));
    }

    private static Task<int> StoreFurtherTargetAsync(DetectorTransaction transaction, int number) => transaction.ExecuteAsync(
        "INSERT INTO alert_targets (alert_id, target_id, target_login) VALUES (@AlertId, @Target, @TargetLogin)",
        IdOf(number), $"target-{number % 197}", $"target-{number % 197}@example.com");

    private static string IdOf(int number) => AlertIds.Of(BitConverter.GetBytes(number).Concat(new byte[12]).ToArray(), Newest.AddSeconds(-number));

    // A second apart; each actor and each target has done or suffered a hundred of them.
    private static Task<int> StoreAsync(DetectorTransaction transaction, int number)
    {
        var at = Newest.AddSeconds(-number);
        return transaction.ExecuteAsync(
            """
            INSERT INTO alerts (
                id, outcome, status, severity, risk_score, rule_id, rule_name, rule_version, uuid, event_type, published, received_at,
                actor_id, actor_login, target_id, target_login, window_start, window_end, late, raw, raw_sha256)
            VALUES (
                @Id, @Outcome, @Status, @Severity, 21, @Rule, 'a rule', 1, @Id, 'a.type', @At, @At,
                @Actor, @ActorLogin, @Target, @TargetLogin, @At, @At, @Late, @Raw, 'hash')
            """,
            IdOf(number),
            number % 50 == 0 ? "capped" : "alerted",
            number % 40 == 0 ? "open" : "closed",
            (number % 100) switch { 0 => "critical", 1 => "high", < 10 => "medium", _ => "low" },
            $"rule-{number % 10}",
            at,
            $"actor-{number % 200}",
            $"actor-{number % 200}@example.com",
            $"target-{number % 199}",
            $"target-{number % 199}@example.com",
            number % 1000 == 0,
            new byte[600]);
    }
}
