using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

/// <summary>A channel that fails or asks for quiet is held back as a whole; then the important comes first.</summary>
public sealed class ChannelHoldTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly DetectorApp _detector = new() { Settings = { ["Detection:MaxAlerts"] = "1000000", ["Detection:PrivilegedAccounts:0"] = "root@example.com" } };

    [Fact]
    public async Task Retry_After_holds_back_the_whole_channel_and_no_other()
    {
        var slack = _detector.WithNotifier("slack", perSecond: 50).Then(new NotificationResult.Retry("429", After: TimeSpan.FromSeconds(60)));
        var mail = _detector.WithNotifier("mail");
        await DeliverAsync(12);

        for (var second = 0; second < 60; second++) await DispatchAndAdvanceAsync();
        Assert.Equal((1, 12), (slack.Attempts, mail.Received.Count));

        await DispatchAndAdvanceAsync();
        Assert.Equal(12, slack.Received.Count);
        Assert.Equal(13, slack.Attempts);
    }

    [Fact]
    public async Task A_channel_cannot_put_alerts_off_for_longer_than_fifteen_minutes()
    {
        var slack = _detector.WithNotifier("slack").Then(new NotificationResult.Retry("503", After: TimeSpan.FromDays(300)));
        await DeliverAsync(2);

        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(15) - Second);
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(1, slack.Attempts);

        _detector.Clock.Advance(Second);
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(2, slack.Received.Count);
    }

    [Fact]
    public async Task A_test_by_an_operator_respects_the_quiet_and_says_so()
    {
        var slack = _detector.WithNotifier("slack").Then(new NotificationResult.Retry("429 slow down", After: TimeSpan.FromSeconds(60)));

        var first = await _detector.PostAsOperatorAsync("/api/notifiers/slack/test");
        var second = await _detector.PostAsOperatorAsync("/api/notifiers/slack/test");
        await DeliverAsync(1);
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(("retry", "retry"), ((string?)first["result"], (string?)second["result"]));
        Assert.Contains("until 2026-11-24 09:21:00 UTC. It said: 429 slow down", (string?)second["answer"], StringComparison.Ordinal);
        Assert.Equal(1, slack.Attempts);
        Assert.Equal("2026-11-24T09:21:00Z", (string?)(await NotifierAsync())["heldUntil"]);
    }

    [Fact]
    public async Task After_ten_minutes_of_outage_the_critical_alert_comes_first_and_all_are_sent_once()
    {
        const int Waiting = 5000;
        var slack = _detector.WithNotifier("slack", perSecond: 1000);
        slack.Answer = () => new NotificationResult.Retry("503 out of order");
        await DeliverAsync(Waiting);
        for (var second = 0; second < 600; second += 5)
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(5 * Second);
            if (second == 300) await DeliverCriticalAsync();
            if (second is 200 or 400) await DeliverAsync(3);
        }

        Assert.InRange(slack.Attempts, 10, 5 + 20 + 6);   // five until it is down, one in 30 seconds, and each fifth of them for another
        Assert.Equal("down", (string?)(await NotifierAsync())["state"]);
        var untried = (await _detector.GetAsync("/api/notifications?state=pending&limit=200"))["items"]!.AsArray().Count(item => (int)item!["attempts"]! == 0);
        Assert.InRange(untried, 180, 200);

        slack.Answer = () => new NotificationResult.Sent("ok");
        for (var second = 0; second < 30; second++) await DispatchAndAdvanceAsync();

        Assert.Equal("critical", SeverityOf(slack.Received[0]));
        Assert.Equal(Waiting + 7, slack.Received.Count);
        Assert.Equal(Waiting + 7, slack.Received.Select(notice => notice.Id).Distinct(StringComparer.Ordinal).Count());
        var notifier = await NotifierAsync();
        Assert.Equal(("ok", Waiting + 7, null), ((string?)notifier["state"], (int)notifier["sent"]!, (string?)notifier["lastError"]));
        Assert.Empty((await _detector.GetAsync("/api/notifications?state=pending"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_single_alert_that_failed_is_sent_as_soon_as_another_gets_through()
    {
        var slack = _detector.WithNotifier("slack");
        slack.Answer = () => new NotificationResult.Retry("503");
        await DeliverAsync(1);
        for (var second = 0; second < 50; second++) await DispatchAndAdvanceAsync();   // four attempts; the next is due in half a minute

        slack.Answer = () => new NotificationResult.Sent("ok");
        await DeliverAsync(1);
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(2, slack.Received.Count);
    }

    [Fact]
    public async Task A_notification_that_the_channel_never_takes_does_not_keep_the_others()
    {
        var slack = _detector.WithNotifier("slack");
        slack.AnswerTo = notice => SeverityOf(notice) == "critical" ? new NotificationResult.Retry("500") : new NotificationResult.Sent("ok");
        await DeliverCriticalAsync();
        for (var second = 0; second < 300; second++) await DispatchAndAdvanceAsync();

        await DeliverAsync(3);
        for (var second = 0; second < 180; second++) await DispatchAndAdvanceAsync();

        Assert.Equal(3, slack.Received.Count);
    }

    [Fact]
    public async Task A_notification_for_which_there_are_no_words_does_not_keep_a_channel_held()
    {
        var slack = _detector.WithNotifier("slack");
        slack.Answer = () => new NotificationResult.Retry("503");
        await DeliverAsync(1);
        await DeliverCriticalAsync();
        for (var second = 0; second < 120; second++) await DispatchAndAdvanceAsync();
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync("UPDATE alerts SET severity = 'of a later version' WHERE severity = 'critical'"));

        slack.Answer = () => new NotificationResult.Sent("ok");
        for (var second = 0; second < 31; second++) await DispatchAndAdvanceAsync();

        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task Alerts_that_waited_for_a_day_behind_a_dead_channel_are_abandoned_and_say_why()
    {
        var slack = _detector.WithNotifier("slack");
        slack.Answer = () => new NotificationResult.Retry("503 out of order");
        await DeliverAsync(60);
        await DispatchForHoursAsync(20);
        await DeliverAsync(1);
        await DispatchForHoursAsync(4.5);

        var abandoned = (await _detector.GetAsync("/api/notifications?state=abandoned&limit=200"))["items"]!.AsArray();
        Assert.InRange(abandoned.Count, 55, 60);   // one that was first tried at the end of its day has another
        Assert.Contains(abandoned, item => ((string)item!["lastError"]!).Contains("The channel has been down since 2026-11-24 09:20 UTC: 503 out of order", StringComparison.Ordinal));
        Assert.Equal(61 - abandoned.Count, (await _detector.GetAsync("/api/notifications?state=pending"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_alert_that_was_first_tried_after_its_day_gets_a_day_of_attempts()
    {
        var slack = _detector.WithNotifier("slack").Then(new NotificationResult.Retry("503"));
        await DeliverAsync(1);
        _detector.Clock.Advance(TimeSpan.FromDays(2));   // the detector was stopped meanwhile

        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await _detector.DispatchNotificationsAsync();

        Assert.Single(slack.Received);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static string? SeverityOf(Notice notice) => (notice.Data as Alert)?.Severity.ToString().ToLowerInvariant();

    private async Task DeliverAsync(int count)
    {
        foreach (var chunk in Enumerable.Range(0, count).Chunk(500))
        {
            using var response = await _detector.DeliverAsync([.. chunk.Select(_ => Some.FactorReset(target: $"{Some.Uuid()}@example.com"))]);
            response.EnsureSuccessStatusCode();
        }
    }

    private async Task DeliverCriticalAsync()
    {
        var reset = Some.FactorReset(target: "root@example.com");
        reset["transaction"] = new JsonObject { ["id"] = "tx1", ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1" } };
        reset["securityContext"] = new JsonObject { ["isProxy"] = true };
        using var response = await _detector.DeliverAsync(reset);
        response.EnsureSuccessStatusCode();
    }

    private async Task DispatchAndAdvanceAsync()
    {
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(Second);
    }

    private async Task DispatchForHoursAsync(double hours)
    {
        for (var minutes = 0.0; minutes < hours * 60; minutes += 10)
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(TimeSpan.FromMinutes(10));
        }
    }

    private async Task<JsonNode> NotifierAsync() => (await _detector.GetAsync("/api/notifiers"))["items"]![0]!;
}
