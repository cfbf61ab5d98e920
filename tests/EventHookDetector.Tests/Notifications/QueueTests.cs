using System.Text.Json.Nodes;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Notifications;

/// <summary>The order in which notifications are sent, and that each is sent by the worker that owns it.</summary>
public sealed class QueueTests : IAsyncDisposable
{
    private const int Stored = 20_000;

    private readonly DetectorApp _detector = new() { Settings = { ["Detection:MaxAlerts"] = "1000000" } };

    [Fact]
    public async Task A_severe_alert_passes_all_that_wait()
    {
        var slack = _detector.WithNotifier("slack", perSecond: 1);
        await DeliverAsync(200, severe: false);
        for (var second = 0; second < 5; second++) await DispatchAndAdvanceAsync();

        await DeliverAsync(1, severe: true);
        for (var second = 0; second < 2; second++) await DispatchAndAdvanceAsync();

        Assert.Contains(AlertSeverity.Medium, SeveritiesOf(slack));
    }

    [Fact]
    public async Task Of_equals_the_newest_goes_first_and_each_fourth_is_the_oldest()
    {
        var slack = _detector.WithNotifier("slack", perSecond: 1);
        for (var n = 0; n < 8; n++)
        {
            await DeliverAsync(1, severe: false, target: $"t{n}");
            _detector.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        for (var second = 0; second < 8; second++) await DispatchAndAdvanceAsync();

        Assert.Equal(["t7", "t6", "t5", "t0", "t4", "t3", "t2", "t1"], slack.Received.Select(notice => ((Alert)notice.Data).Targets[0].AlternateId!.Split('@')[0]));
    }

    [Fact]
    public async Task The_oldest_is_sent_although_severe_ones_keep_coming()
    {
        var slack = _detector.WithNotifier("slack", perSecond: 1);
        await DeliverAsync(1, severe: false);
        _detector.Clock.Advance(TimeSpan.FromMilliseconds(10));
        for (var second = 0; second < 5; second++)
        {
            await DeliverAsync(3, severe: true);
            await DispatchAndAdvanceAsync();
        }

        Assert.Contains(AlertSeverity.Low, SeveritiesOf(slack));
    }

    [Fact]
    public async Task A_claim_that_another_worker_has_taken_over_is_not_sent()
    {
        var slack = _detector.WithNotifier("slack");
        var hook = ReadHook.On(_detector);
        await DeliverAsync(1, severe: false);
        OnceItIsClaimed(hook, () => _detector.Storage.Execute("UPDATE notifications SET lease = 'another'"));

        await _detector.DispatchNotificationsAsync();

        Assert.Equal(0, slack.Attempts);
    }

    [Fact]
    public async Task A_claim_that_ran_out_while_the_process_was_frozen_is_not_sent_and_made_again()
    {
        var slack = _detector.WithNotifier("slack");
        var hook = ReadHook.On(_detector);
        await DeliverAsync(1, severe: false);
        OnceItIsClaimed(hook, () =>
        {
            _detector.Clock.Advance(TimeSpan.FromSeconds(15));   // the claim holds for 20, and an attempt may take 10
            slack.Answer = () => throw new InvalidOperationException("too late");
        });
        hook.BeforeReading += () =>
        {
            if (_detector.Logs.Lines.Any(line => line.Contains("is not sent now", StringComparison.Ordinal))) slack.Answer = () => new NotificationResult.Sent("ok");
        };

        await _detector.DispatchNotificationsAsync();

        Assert.Single(slack.Received);
        Assert.Equal(1, slack.Attempts);
        Assert.Equal(1, (int)(await _detector.GetAsync("/api/notifications"))["items"]![0]!["attempts"]!);
    }

    [Fact]
    public async Task What_was_claimed_before_the_channel_asked_for_quiet_is_not_sent_and_keeps_its_attempt()
    {
        var slack = _detector.WithNotifier("slack");
        var hook = ReadHook.On(_detector);
        await DeliverAsync(1, severe: false);
        OnceItIsClaimed(hook, () => _detector.Storage.Execute(
            $"UPDATE notifier_states SET asked_for_quiet = 1, held_until = {(TestStorage.IsPostgreSql ? "'2026-11-24 09:21:00Z'" : "(SELECT due_at + 600000000 FROM notifications)")}"));

        await _detector.DispatchNotificationsAsync();

        Assert.Equal(0, slack.Attempts);
        Assert.Equal(0, (int)(await _detector.GetAsync("/api/notifications?state=pending"))["items"]![0]!["attempts"]!);
    }

    [Fact]
    public async Task What_is_asked_of_the_queue_is_answered_by_indexes()
    {
        _detector.WithNotifier("slack");
        await StoreAsync();

        // Claims are asked without the lock, which changes no plan.
        foreach (var sql in (string[])[NotifierLane.NextSql, Lease.ClaimSql(""), Lease.ProbeSql(isAnother: false, "")])
        {
            var plan = await PlanAsync(sql);
            Assert.DoesNotContain("Seq Scan on notifications", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("SCAN notifications", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("FOR ORDER BY", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort Key", plan, StringComparison.Ordinal);
        }

        Assert.Contains("notifications_queue", await PlanAsync(Lease.ClaimSql("")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_would_be_seen_if_an_engine_had_to_sort()
    {
        _detector.WithNotifier("slack");
        await StoreAsync();

        var plan = await PlanAsync(Lease.ProbeSql(isAnother: true, ""));

        Assert.True(plan.Contains("FOR ORDER BY", StringComparison.Ordinal) || plan.Contains("Sort Key", StringComparison.Ordinal), plan);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static IEnumerable<AlertSeverity> SeveritiesOf(RecordingNotifier notifier) => notifier.Received.Select(notice => ((Alert)notice.Data).Severity);

    /// <summary>Between the claim and the sending.</summary>
    private void OnceItIsClaimed(ReadHook hook, Action act)
    {
        var isDone = false;
        hook.BeforeReading = () =>
        {
            if (isDone || _detector.Storage.Read<long>("SELECT COUNT(*) FROM notifications WHERE lease IS NOT NULL") == 0) return;

            isDone = true;
            act();
        };
    }

    private async Task DispatchAndAdvanceAsync()
    {
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task DeliverAsync(int count, bool severe, string? target = null)
    {
        var resets = Enumerable.Range(0, count).Select(_ =>
        {
            var reset = Some.FactorReset(target: $"{target ?? Some.Uuid()}@example.com");
            if (severe) reset["securityContext"] = new JsonObject { ["isProxy"] = true };
            return reset;
        });
        using var response = await _detector.DeliverAsync([.. resets]);
        response.EnsureSuccessStatusCode();
    }

    private async Task<string> PlanAsync(string sql)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForWritingAsync(TestContext.Current.CancellationToken);
        var now = _detector.Clock.GetUtcNow();
        var values = new { Notifier = "slack", Now = now, Urgent = 12, Oldest = 4, Limit = 1, Lease = "a", Until = now, Soon = now, GiveUpAt = now };
        var steps = await connection.QueryAsync($"{(TestStorage.IsPostgreSql ? "EXPLAIN" : "EXPLAIN QUERY PLAN")} {sql}", values);
        return string.Join('\n', steps.Select(step => TestStorage.IsPostgreSql ? (string)((IDictionary<string, object>)step)["QUERY PLAN"] : (string)step.detail));
    }

    private async Task StoreAsync()
    {
        _ = _detector.Http;
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync(
            $"""
            INSERT INTO notifications (id, kind, subject, notifier, state, urgency, attempts, created_at, due_at, give_up_at)
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {Stored})
            SELECT CAST(n + 100000000 AS TEXT), 'Alert', CAST(n AS TEXT), 'slack', CASE WHEN n % 500 = 0 THEN 'pending' ELSE 'sent' END, n % 4, 0, @Now, @Now, @Now FROM numbers
            """,
            transaction.Now));
        _detector.Storage.Execute("ANALYZE");
    }
}
