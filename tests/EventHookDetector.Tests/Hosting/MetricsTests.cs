using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.EventHook;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Hosting;

[Collection(nameof(Alone))]
public sealed class MetricsTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Deliveries_are_counted_by_answer()
    {
        var before = await _detector.MetricsAsync();

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DeliverAsync(Some.Login());
        await _detector.PostAsync("{");
        await _detector.PostAsync("{}", contentType: "text/plain");
        await _detector.PostAsync("{}", secret: "a-stranger's");

        var after = await _detector.MetricsAsync();
        Assert.Equal([2, 1, 1, 1, 0], new[] { 204, 400, 415, 401, 503 }.Select(answer => after.Since(before, "deliveries_total", $"answer=\"{answer}\"")));
    }

    [Fact]
    public async Task A_delivery_that_finds_no_database_is_counted_as_503_and_its_log_event_as_a_fault()
    {
        var before = await _detector.MetricsAsync();

        _detector.Storage.Execute("ALTER TABLE alerts RENAME TO alerts_elsewhere");
        using var response = await _detector.DeliverAsync(Some.FactorReset());

        var after = await _detector.MetricsAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal((1, 0), (after.Since(before, "deliveries_total", "answer=\"503\""), after.Since(before, "deliveries_total", "answer=\"204\"")));
        Assert.Equal(1, after.Since(before, "log_events_total", "outcome=\"Fault\""));
        Assert.Equal(1, after.Since(before, "commit_failures_total"));
    }

    [Fact]
    public async Task Log_events_are_counted_by_outcome_whether_a_rule_wants_them_or_not()
    {
        var reset = Some.FactorReset();
        var before = await _detector.MetricsAsync();

        await _detector.DeliverAsync(reset.DeepClone(), Some.Login(), Some.Login());
        await _detector.DeliverAsync(reset.DeepClone());

        var after = await _detector.MetricsAsync();
        Assert.Equal([1, 2, 1, 0], new[] { "Alerted", "NotMatched", "Duplicate", "Capped" }.Select(outcome => after.Since(before, "log_events_total", $"outcome=\"{outcome}\"")));
    }

    [Fact]
    public async Task The_lag_is_measured_from_published_to_received_to_told()
    {
        _detector.WithNotifier("lagging");
        var before = await _detector.MetricsAsync();

        await _detector.DeliverAsync(Some.FactorReset(), Some.Login());   // published at 09:19:57.417; it is 09:20:00
        _detector.Clock.Advance(TimeSpan.FromSeconds(4));
        await _detector.DispatchNotificationsAsync();

        var after = await _detector.MetricsAsync();
        string[] notifier = ["notifier=\"lagging\""];
        Assert.Equal(1, after.Since(before, "lag_published_received_seconds_count"));
        Assert.Equal(2.583, after.Since(before, "lag_published_received_seconds_sum"), 3);
        Assert.Equal(4, after.Since(before, "lag_received_told_seconds_sum", notifier), 3);
        Assert.Equal(6.583, after.Since(before, "lag_published_told_seconds_sum", notifier), 3);
        Assert.Equal((0, 1), (
            after.Since(before, "lag_published_told_seconds_bucket", [.. notifier, "le=\"5\""]), after.Since(before, "lag_published_told_seconds_bucket", [.. notifier, "le=\"10\""])));
    }

    [Fact]
    public async Task What_Okta_published_after_we_received_it_lags_by_nothing()
    {
        var before = await _detector.MetricsAsync();
        var reset = Some.FactorReset();
        reset["published"] = "2026-11-24T09:25:00.000Z";

        await _detector.DeliverAsync(reset);

        var after = await _detector.MetricsAsync();
        Assert.Equal((1, 0), (after.Since(before, "lag_published_received_seconds_count"), after.Since(before, "lag_published_received_seconds_sum")));
    }

    [Fact]
    public async Task A_commit_is_measured_by_how_many_share_it_and_how_long_it_takes()
    {
        var before = await _detector.MetricsAsync();

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "bob@example.com"), Some.FactorReset(target: "eve@example.com"));

        var after = await _detector.MetricsAsync();
        Assert.Equal(3, after.Since(before, "commit_size_sum"));
        Assert.InRange(after.Since(before, "commit_size_count"), 1, 3);
        Assert.Equal(after.Since(before, "commit_size_count"), after.Since(before, "commit_duration_seconds_count"));
    }

    [Fact]
    public async Task The_outbox_shows_its_depth_its_oldest_and_whether_the_notifier_fails()
    {
        var channel = _detector.WithNotifier("shown");
        string[] notifier = ["notifier=\"shown\""];
        channel.Answer = () => new NotificationResult.Retry("not now");
        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromSeconds(30));
        await _detector.DeliverAsync(Some.FactorReset(target: "bob@example.com"));
        await _detector.DispatchNotificationsAsync();

        var failing = await _detector.MetricsAsync();
        Assert.Equal((2, 30, 1), (
            failing.Find("outbox_depth", [.. notifier, "state=\"pending\""]), failing.Find("outbox_oldest_age_seconds", notifier), failing.Find("notifier_failing", notifier)));
        Assert.Equal(2, failing.Find("attempts_total", [.. notifier, "result=\"Retry\""]));

        channel.Then(new NotificationResult.GiveUp("never")).Answer = () => new NotificationResult.Sent("ok");
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await _detector.DispatchNotificationsAsync();

        var done = await _detector.MetricsAsync();
        Assert.Equal((0, 1, 0), (
            done.Find("outbox_depth", [.. notifier, "state=\"pending\""]), done.Find("outbox_depth", [.. notifier, "state=\"abandoned\""]), done.Find("outbox_oldest_age_seconds", notifier)));
        Assert.Equal((1, 1), (done.Find("notifications_total", [.. notifier, "state=\"sent\""]), done.Find("notifications_total", [.. notifier, "state=\"abandoned\""])));
    }

    [Fact]
    public async Task What_nobody_needs_to_hear_any_more_is_neither_abandoned_nor_the_channels_fault()
    {
        _detector.WithNotifier("spared");
        await _detector.WriteAsync(async transaction =>
        {
            await _detector.Services.GetRequiredService<Outbox>().AddAsync(transaction, NoticeKind.Alert, "no-alert-that-is-still-stored", AlertSeverity.Low, _ => true);
            return true;
        });

        await _detector.DispatchNotificationsAsync();

        var metrics = await _detector.MetricsAsync();
        Assert.Equal(1, metrics.Find("outbox_depth", "notifier=\"spared\"", "state=\"abandoned\""));
        Assert.Equal((0, 0), (metrics.Find("notifications_total", "notifier=\"spared\"", "state=\"abandoned\""), metrics.Find("notifier_failing", "notifier=\"spared\"")));
    }

    [Theory]
    [Trait("Engine", "Sqlite")]
    [InlineData(OutboxGauges.Count, "USING COVERING INDEX notifications_notifier (notifier=? AND state=?)")]
    [InlineData(OutboxGauges.Oldest, "USING INDEX notifications_notifier (notifier=? AND state=?)")]
    [InlineData(QuarantineGauges.Count, "USING COVERING INDEX quarantine_not_replayed")]
    public async Task What_is_read_for_them_is_read_from_an_index_and_nothing_is_sorted(string sql, string use)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(TestContext.Current.CancellationToken);

        var plan = (await connection.QueryAsync($"EXPLAIN QUERY PLAN {sql}", new { Notifier = "secops", State = "pending", OutboxGauges.Most })).Select(row => (string)row.detail).ToArray();

        Assert.Contains(plan, step => step.Contains(use, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.Contains("B-TREE", StringComparison.Ordinal) || step is "SCAN notifications" or "SCAN quarantine");
    }

    [Fact]
    public async Task The_quarantine_shows_what_nobody_has_replayed()
    {
        var before = await _detector.MetricsAsync();
        await _detector.PostAsync("{");
        await _detector.DeliverAsync(Some.FactorReset(), JsonValue.Create("no log event"));

        var kept = await _detector.MetricsAsync();
        await _detector.PostAsOperatorAsync($"/api/quarantine/{(await _detector.QuarantineAsync())[0]["id"]}/replay");

        Assert.Equal(2, kept.Find("quarantine_items"));
        Assert.Equal((1, 1), (kept.Since(before, "quarantined_total", "kind=\"Body\""), kept.Since(before, "quarantined_total", "kind=\"LogEvent\"")));
        Assert.Equal(1, (await _detector.MetricsAsync()).Find("quarantine_items"));
    }

    [Fact]
    public async Task Without_its_database_it_is_still_answered_and_says_so_instead_of_showing_old_numbers()
    {
        _detector.WithNotifier("hidden");
        await _detector.DeliverAsync(Some.FactorReset());
        var with = await _detector.MetricsAsync();

        _detector.Storage.Execute("ALTER TABLE notifications RENAME TO notifications_elsewhere");
        var without = await _detector.MetricsAsync();
        _detector.Storage.Execute("ALTER TABLE notifications_elsewhere RENAME TO notifications");
        var again = await _detector.MetricsAsync();

        string[] pending = ["notifier=\"hidden\"", "state=\"pending\""];
        Assert.Equal((1, 1), (with.Find("database_readable"), with.Find("outbox_depth", pending)));
        Assert.Equal((0, null), (without.Find("database_readable"), without.Find("outbox_depth", pending)));
        Assert.Equal((1, 1), (again.Find("database_readable"), again.Find("outbox_depth", pending)));
        Assert.Single(_detector.Logs.Lines, line => line.Contains("could not be read for /metrics", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_only_tried_on_the_past_is_not_counted()
    {
        var before = await _detector.MetricsAsync();

        var answer = await _detector.BacktestAsync(SomeExport.AsArray(Some.FactorReset(), Some.FactorReset(target: "bob@example.com")));

        var after = await _detector.MetricsAsync();
        Assert.Equal(2, answer["outcomes"]!["alerted"]!.GetValue<int>());
        Assert.Equal((0, 0), (after.Since(before, "commit_size_count"), after.Since(before, "log_events_total", "outcome=\"Alerted\"")));
    }

    [Fact]
    public async Task It_can_be_read_without_a_key_and_only_read()
    {
        using var read = await _detector.AskAsync(HttpMethod.Get, "/metrics", key: null);
        using var posted = await _detector.AskAsync(HttpMethod.Post, "/metrics");

        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        await ProblemAssert.IsProblemAsync(HttpStatusCode.MethodNotAllowed, posted);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
