using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using EventHookDetector.Notifications;
using EventHookDetector.Retention;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Retention;

public sealed class RetentionTests : IAsyncDisposable
{
    private static readonly string[] OfAlerts =
        ["alerts", "alert_targets", "notifications", "bursts", "burst_targets", "merged_log_events", "alert_entries", "alert_windows", "alert_window_newcomers", "expected_resets", "exception_items"];

    private readonly DetectorApp _detector = new() { Settings = { ["Retention:Alerts"] = "30.00:00:00" } };
    private readonly RecordingNotifier _channel;

    public RetentionTests() => _channel = _detector.WithNotifier("secops");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_old_goes_with_all_that_belongs_to_it()
    {
        await FillAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(31.5));
        foreach (var table in OfAlerts) Assert.True(await CountAsync(table) > 0, table);

        await _detector.LetGoAsync(RetentionSteps.Slices);

        // The latest change of an exception item tells what is newer, so the last one stays, with the notification about it.
        foreach (var table in OfAlerts) Assert.Equal(table is "exception_items" or "notifications" ? 1 : 0, await CountAsync(table));
    }

    [Fact]
    public async Task What_is_young_stays_with_all_that_belongs_to_it()
    {
        await FillAsync();
        var before = await CountsAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(29.5));

        await _detector.LetGoAsync(RetentionSteps.Slices);

        Assert.Equal(before, await CountsAsync());
    }

    [Fact]
    public async Task Of_old_and_young_the_old_alone_go()
    {
        await _detector.DeliverAsync(Some.FactorReset(uuid: "old", target: "old@example.com"));
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(30));
        await _detector.DeliverAsync(Some.FactorReset(uuid: "young", target: "young@example.com"));
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromSeconds(1));

        await _detector.LetGoAsync();

        var kept = Assert.Single(await _detector.AlertsAsync());
        Assert.Equal("young", (string?)kept["uuid"]);
        Assert.Equal("sent", (string?)Assert.Single(kept["notifications"]!.AsArray())!["state"]);
        Assert.Equal((1, 1), (await CountAsync("bursts"), await CountAsync("notifications")));
    }

    [Fact]
    public async Task What_is_still_to_be_told_stays_until_it_is_told()
    {
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"), Some.LogEvent("user.mfa.factor.deactivate"));
        _detector.Clock.Advance(TimeSpan.FromDays(40));

        await _detector.LetGoAsync();

        Assert.Single(Assert.Single(await _detector.AlertsAsync())["merged"]!.AsArray());
        await _detector.DispatchNotificationsAsync();
        await _detector.LetGoAsync();
        Assert.Single(_channel.Received);
        Assert.Empty(await _detector.AlertsAsync());
        Assert.Equal((0, 0), (await CountAsync("notifications"), await CountAsync("merged_log_events")));
    }

    [Fact]
    public async Task An_alert_that_somebody_wants_told_once_more_meanwhile_keeps_its_parts()
    {
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"), Some.LogEvent("user.mfa.factor.deactivate"));
        _detector.Clock.Advance(TimeSpan.FromDays(2));
        await _detector.WriteAsync(transaction => Outbox.AbandonOrphansAsync(transaction, []));
        _detector.Clock.Advance(TimeSpan.FromDays(40));
        var notification = (await _detector.GetAsync("/api/notifications"))["items"]![0]!;

        await _detector.LetGoAsync(between: async () =>
        {
            if (await CountAsync("bursts") + await CountAsync("merged_log_events") > 0) return;   // not before it is half gone

            using var asked = await _detector.AskAsync(HttpMethod.Post, $"/api/notifications/{notification["id"]}/retry");
        });

        Assert.All(await _detector.AlertsAsync(), alert => Assert.Single(alert["merged"]!.AsArray()));
        Assert.Equal(await CountAsync("alerts"), await CountAsync("merged_log_events"));
    }

    [Fact]
    public async Task Windows_that_owe_their_digest_keep_no_others_from_going()
    {
        await _detector.WriteAsync(async transaction =>
        {
            for (var number = 0; number < 251; number++)
            {
                var start = transaction.Now.AddDays(-60).AddMinutes(number);
                await transaction.ExecuteAsync(
                    "INSERT INTO alert_windows (rule_id, window_start, window_end, cap, alerted, capped) VALUES ('a-rule', @Start, @End, 1, 1, @Capped)",
                    start, start.AddMinutes(1), number < 250 ? 1 : 0);
            }

            return 0;
        });

        await _detector.LetGoAsync();

        Assert.Equal(250, await CountAsync("alert_windows"));
    }

    [Fact]
    public async Task What_a_window_withheld_stays_until_its_digest_is_told()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.Services.GetRequiredService<OutboxWorker>().DispatchDueAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(40));

        await _detector.LetGoAsync();   // the digest is owed
        await _detector.Services.GetRequiredService<OwedNotices>().AddToOutboxAsync(Cancellation);
        await _detector.LetGoAsync();   // and now it is pending

        Assert.Equal("capped", (string?)Assert.Single(await _detector.AlertsAsync())["outcome"]);
        await _detector.DispatchNotificationsAsync();
        Assert.Contains("ada.byron@example.com (1)", _channel.Received[^1].Facts.Single(fact => fact.Label == "Targets").Value, StringComparison.Ordinal);
        await _detector.LetGoAsync();
        Assert.Equal((0, 0, 0), (await CountAsync("alerts"), await CountAsync("alert_windows"), await CountAsync("notifications")));
    }

    [Fact]
    public async Task An_exception_item_that_stands_and_a_reset_that_is_still_expected_stay_however_old_they_are()
    {
        _detector.Settings["Exceptions:MaximumLife"] = "365.00:00:00";
        var item = SomeExceptionItem.Covering("okta.actor.alternate_id:scanner@example.com");
        item["endsAt"] = "2027-10-24T09:20:00Z";
        var (standing, ended) = (await _detector.AddAsync(item), await _detector.ExceptAsync("okta.actor.alternate_id:other@example.com"));
        await _detector.EndAsync(ended);
        await _detector.AddAsync(item.DeepClone());   // the latest change
        await _detector.DispatchNotificationsAsync();
        await ExpectAsync("soon@example.com", until: "2026-11-25T09:20:00Z");
        await ExpectAsync("late@example.com", until: "2027-02-24T09:20:00Z", from: "2027-02-01T09:20:00Z");
        _detector.Clock.Advance(TimeSpan.FromDays(60));

        await _detector.LetGoAsync();

        var items = (await _detector.GetAsync("/api/exceptions"))["items"]!.AsArray();
        Assert.Contains((string?)standing["id"], items.Select(kept => (string?)kept!["id"]));
        Assert.DoesNotContain((string?)ended["id"], items.Select(kept => (string?)kept!["id"]));
        Assert.Equal("late@example.com", (string?)Assert.Single((await _detector.GetAsync("/api/expected-resets"))["items"]!.AsArray())!["target"]);
    }

    [Fact]
    public async Task The_latest_change_of_an_exception_item_is_known_by_its_number_after_older_ones_have_gone()
    {
        await _detector.EndAsync(await _detector.ExceptAsync("okta.actor.alternate_id:a@example.com"));
        await _detector.EndAsync(await _detector.ExceptAsync("okta.actor.alternate_id:b@example.com"));
        await _detector.DispatchNotificationsAsync();
        var latest = await ReadAsync("SELECT MAX(revision) FROM exception_items");
        _detector.Clock.Advance(TimeSpan.FromDays(60));

        await _detector.LetGoAsync();

        Assert.Equal(latest, await ReadAsync("SELECT MAX(revision) FROM exception_items"));
        Assert.Equal(1, await CountAsync("exception_items"));
    }

    [Theory]
    [InlineData("30.00:00:00", 100)]
    [InlineData("150.00:00:00", 150)]
    public async Task A_log_event_delivered_again_is_a_Duplicate_for_as_long_as_the_longer_of_a_hundred_days_and_its_alert(string alerts, int days)
    {
        _detector.Settings["Retention:Alerts"] = alerts;
        var reset = Some.FactorReset(uuid: "again");
        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.DispatchNotificationsAsync();

        _detector.Clock.Advance(TimeSpan.FromDays(days - 0.1));
        await _detector.LetGoAsync(RetentionSteps.Slices);
        var kept = (await _detector.AlertsAsync()).Count;
        await _detector.DeliverAsync(reset.DeepClone());
        Assert.Equal(kept, (await _detector.AlertsAsync()).Count);

        _detector.Clock.Advance(TimeSpan.FromDays(0.2));
        await _detector.LetGoAsync(RetentionSteps.Slices);
        Assert.Empty(await _detector.AlertsAsync());
        await _detector.DeliverAsync(reset.DeepClone());
        Assert.Single(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task A_part_that_is_older_than_its_alert_is_remembered_as_long_as_it_is_kept()
    {
        var part = Some.LogEvent("user.mfa.factor.deactivate", uuid: "part");
        await _detector.DeliverAsync(part.DeepClone());
        _detector.Clock.Advance(TimeSpan.FromDays(29));
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"));   // another one, from the same minute
        _detector.Storage.Execute("UPDATE processed_log_events SET seen_at = " + (TestStorage.IsPostgreSql ? "'2020-01-01Z'" : "0"));

        await _detector.LetGoAsync(RetentionSteps.Slices);
        using var again = await _detector.DeliverAsync(part.DeepClone());

        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        Assert.Single(Assert.Single(await _detector.AlertsAsync())["merged"]!.AsArray());
    }

    [Fact]
    public async Task A_part_that_waited_in_vain_goes_too()
    {
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"));
        _detector.Clock.Advance(TimeSpan.FromDays(20));
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate", target: "other@example.com", uuid: "young"));
        _detector.Clock.Advance(TimeSpan.FromDays(20));

        await _detector.LetGoAsync(RetentionSteps.Slices);

        Assert.Equal(1, await CountAsync("merged_log_events"));
        Assert.Equal("notMatched", (string?)(await _detector.GetAsync("/api/log-events/young"))["outcome"]);
    }

    [Fact]
    public async Task Deliveries_go_through_between_the_batches_and_no_batch_is_large()
    {
        const int Count = 1500;
        _detector.Settings["Detection:MaxAlerts"] = "100000";
        foreach (var some in Enumerable.Range(0, Count).Chunk(250))
            await _detector.DeliverAsync([.. some.Select(n => Some.FactorReset(target: $"user{n}@example.com"))]);
        await DispatchAllAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(40));
        var (delivered, left, largest) = (0L, (long)Count, 0L);

        await _detector.LetGoAsync(between: async () =>
        {
            var alerts = await CountAsync("alerts") - delivered;
            (left, largest) = (alerts, Math.Max(largest, left - alerts));
            using var answer = await _detector.DeliverAsync(Some.FactorReset(target: $"young{delivered++}@example.com"));
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        });

        Assert.InRange(largest, 1, 200);
        Assert.Equal(delivered, await CountAsync("alerts"));
    }

    [Fact]
    public async Task A_flood_of_parts_and_of_newcomers_goes_in_several_batches()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync([.. Enumerable.Range(0, 500).Select(_ => Some.LogEvent("user.mfa.factor.deactivate"))]);
        await _detector.DeliverAsync([.. Enumerable.Range(0, 500).Select(n => Some.FactorReset(target: $"user{n}@example.com"))]);
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await DispatchAllAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(40));
        var batches = new List<long>();

        await _detector.LetGoAsync(between: async () => batches.Add(await CountAsync("merged_log_events") + await CountAsync("alert_window_newcomers")));

        Assert.Equal(0, batches[^1]);
        Assert.InRange(batches.Zip(batches.Skip(1), (first, second) => first - second).Max(), 1, 200);
    }

    [Fact]
    public async Task Of_several_who_would_begin_a_round_one_does_an_hour()
    {
        var numbers = new List<long?>();
        for (var i = 0; i < 3; i++)
        {
            var attempts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _detector.WriteAsync(RetentionRound.TryBeginAsync)));
            numbers.Add(Assert.Single(attempts, number => number is not null));
            _detector.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal([1, 2, 3], numbers);
    }

    [Fact]
    public async Task A_round_begun_by_a_clock_that_has_been_set_back_since_does_not_stop_the_next()
    {
        await _detector.WriteAsync(RetentionRound.TryBeginAsync);
        _detector.Storage.Execute("UPDATE retention_rounds SET begun_at = " + (TestStorage.IsPostgreSql ? "'2100-01-01Z'" : "4102444800000000"));

        Assert.Equal(2, await _detector.WriteAsync(RetentionRound.TryBeginAsync));
    }

    [Fact]
    public async Task The_worker_begins_by_itself_and_what_fails_is_told_and_keeps_nothing_else_from_going()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        await ExpectAsync("ada.byron@example.com", until: "2026-11-25T09:20:00Z");
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(40));
        _detector.Storage.Execute("ALTER TABLE expected_resets RENAME TO expected_resets_away");

        var worker = _detector.Services.GetRequiredService<RetentionWorker>();
        await worker.StartAsync(Cancellation);
        while (await CountAsync("alerts") + (Failed() ? 0 : 1) > 0) await AdvanceAsync();

        _detector.Storage.Execute("ALTER TABLE expected_resets_away RENAME TO expected_resets");
        while (await CountAsync("expected_resets") > 0) await AdvanceAsync();
        await worker.StopAsync(Cancellation);
        Assert.True(worker.ExecuteTask!.IsCompletedSuccessfully);

        // What waits for its commit must not see minutes go by, or it gives up.
        async Task AdvanceAsync()
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
            _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        bool Failed() => _detector.Logs.Lines.Any(line =>
            line.Contains("Letting go of expected resets failed", StringComparison.Ordinal) && line.Contains("expected_resets", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    /// <summary>One of everything that is kept.</summary>
    private async Task FillAsync()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";
        await ExpectAsync("expected@example.com", until: "2026-11-25T09:20:00Z");
        var item = await _detector.ExceptAsync("okta.actor.alternate_id:scanner@example.com");
        await _detector.EndAsync(await _detector.ExceptAsync("okta.actor.alternate_id:last@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(target: "expected@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(actor: "scanner@example.com", target: "scanned@example.com"));
        await _detector.DeliverAsync(SomeTargets.FactorReset("scanned@example.com", "also.scanned@example.com").By("scanner@example.com"));
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"), Some.LogEvent("user.mfa.factor.deactivate"), Some.FactorReset());
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate", target: "alone@example.com"));
        foreach (var name in (string[])["one", "two", "three", "two"]) await _detector.DeliverAsync(Some.FactorReset(target: $"{name}@example.com"));
        foreach (var alert in await _detector.AlertsAsync("&outcome=alerted"))
            await _detector.PostAsOperatorAsync($"/api/alerts/{alert["id"]}/notes", new JsonObject { ["note"] = "Seen." });
        await _detector.EndAsync(item);
        await _detector.EndAsync(await _detector.ExceptAsync("okta.actor.alternate_id:latest@example.com"));
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(10));
        await _detector.DispatchNotificationsAsync();
    }

    private Task<JsonNode> ExpectAsync(string target, string until, string from = "2026-11-24T09:00:00Z") => _detector.PostAsOperatorAsync("/api/expected-resets", new JsonObject
    {
        ["target"] = target,
        ["ticket"] = "INC-1",
        ["approver"] = "grace@example.com",
        ["from"] = from,
        ["until"] = until,
    });

    // A channel takes a thousand a second, and time stands still.
    private async Task DispatchAllAsync()
    {
        while (await ReadAsync("SELECT COUNT(*) FROM notifications WHERE state = 'pending'") > 0)
        {
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
            await _detector.DispatchNotificationsAsync();
        }
    }

    private async Task<IReadOnlyList<long>> CountsAsync()
    {
        var counts = new List<long>();
        foreach (var table in OfAlerts) counts.Add(await CountAsync(table));
        return counts;
    }

    private Task<long> CountAsync(string table) => ReadAsync($"SELECT COUNT(*) FROM {table}");

    private async Task<long> ReadAsync(string sql)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(Cancellation);
        return await connection.ExecuteScalarAsync<long>(sql);
    }
}
