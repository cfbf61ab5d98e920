using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Dashboard;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Dashboard;

/// <summary>Somebody looks at it all night: no engine may go through, or put in order, all that is stored.</summary>
public sealed class OverviewPlanTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task What_it_asks_is_answered_by_indexes()
    {
        Assert.DoesNotContain(await PlanAsync(OverviewReader.ReceivedSql(AlertOutcome.Excepted)), GoesThroughAll);
        Assert.DoesNotContain(await PlanAsync(NewestReader.ToldSql(1)), GoesThroughAll);
        Assert.DoesNotContain(await PlanAsync(NewestReader.OpenSql(1)), GoesThroughAll);
        Assert.DoesNotContain(await PlanAsync(NewestReader.WithheldSql), GoesThroughAll);
        Assert.DoesNotContain(await PlanAsync(ChannelReader.Sql), GoesThroughAll);
    }

    [Fact]
    public async Task It_would_be_seen_if_one_did_not()
    {
        Assert.Contains(await PlanAsync("SELECT id FROM alerts WHERE rule_version = 7"), GoesThroughAll);
        Assert.Contains(await PlanAsync("SELECT id FROM notifications WHERE notifier = @Notifier ORDER BY created_at LIMIT 1"), step => step.Contains("TEMP B-TREE") || step.Contains("Sort"));
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static bool GoesThroughAll(string step) =>
        step.Contains("Seq Scan") || step.StartsWith("SCAN alerts", StringComparison.Ordinal) || step.StartsWith("SCAN notifications", StringComparison.Ordinal);

    /// <remarks>PostgreSQL would go through a table of nothing; told not to, it does so only where no index helps.</remarks>
    private async Task<IEnumerable<string>> PlanAsync(string sql)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(TestContext.Current.CancellationToken);
        var isSqlite = _detector.Settings["Storage:Provider"] == "Sqlite";
        if (!isSqlite) await connection.ExecuteAsync("SET enable_seqscan = off");
        var steps = await connection.QueryAsync(
            $"{(isSqlite ? "EXPLAIN QUERY PLAN" : "EXPLAIN")} {sql}", new { First = AlertIds.FirstAt(_detector.Clock.GetUtcNow()), Rule0 = "a-rule", Notifier = "secops" });
        return [.. steps.Select(step => isSqlite ? (string)step.detail : (string)((IDictionary<string, object>)step)["QUERY PLAN"])];
    }
}
