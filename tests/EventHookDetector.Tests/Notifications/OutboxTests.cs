using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Notifications;

public sealed class OutboxTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_channel_that_is_in_trouble_for_a_while_is_told_once_when_it_is_back()
    {
        var slack = _detector.WithNotifier("slack")
            .Then(new NotificationResult.Retry("429", After: TimeSpan.FromSeconds(2)))
            .Then(new NotificationResult.Retry("500"))
            .Then(new NotificationResult.Retry("No answer within 10 s."));

        await _detector.DeliverAsync(Some.FactorReset());
        foreach (var _ in Enumerable.Range(0, 60))
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(4, slack.Attempts);
        Assert.Single(slack.Received);
        Assert.Equal("sent", (await OnlyNotificationAsync())["state"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_nobody_can_be_told_that_is_said_at_start(bool isConfigured)
    {
        if (isConfigured) _detector.WithNotifier("slack");
        var worker = _detector.Services.GetRequiredService<OutboxWorker>();
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await worker.StopAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(isConfigured, _detector.Logs.Lines.Any(line => line.Contains("No notifier is configured", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_a_channel_asks_for_is_never_undercut()
    {
        var slack = _detector.WithNotifier("slack").Then(new NotificationResult.Retry("429", After: TimeSpan.FromMinutes(7)));

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(7) - TimeSpan.FromMilliseconds(1));
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(1, slack.Attempts);

        _detector.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await _detector.DispatchNotificationsAsync();
        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task One_channel_down_keeps_no_other_from_being_told()
    {
        var slack = _detector.WithNotifier("slack");
        var (mail, webhook) = (_detector.WithNotifier("mail"), _detector.WithNotifier("webhook"));
        slack.Answer = () => new NotificationResult.Retry("503");

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        Assert.Empty(slack.Received);
        Assert.Single(mail.Received);
        Assert.Single(webhook.Received);
    }

    [Fact]
    public async Task A_day_in_vain_and_it_is_abandoned_and_to_be_seen()
    {
        var slack = _detector.WithNotifier("slack");
        slack.Answer = () => new NotificationResult.Retry("503 out of order");

        await _detector.DeliverAsync(Some.FactorReset());
        for (var hours = 0.0; hours < 25; hours += 0.25)
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(TimeSpan.FromMinutes(15));
        }

        var abandoned = Assert.Single((await _detector.GetAsync("/api/notifications?state=abandoned"))["items"]!.AsArray())!;
        Assert.Equal("503 out of order", abandoned["lastError"]!.GetValue<string>());
        Assert.InRange(slack.Attempts, 20, 130);   // one at each look, and now and then one more that would have been for another notification
    }

    [Fact]
    public async Task An_alert_for_which_no_words_can_be_found_keeps_no_other_from_being_told()
    {
        var slack = _detector.WithNotifier("slack", perSecond: 1);
        await _detector.DeliverAsync(Some.FactorReset(uuid: "torn"));
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync(
            "UPDATE alerts SET severity = 'of a later version'"));
        await _detector.DeliverAsync(Some.FactorReset(uuid: "whole"));

        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _detector.DispatchNotificationsAsync();
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(slack.Received);
        var torn = Assert.Single((await _detector.GetAsync("/api/notifications?state=pending"))["items"]!.AsArray())!;
        Assert.Equal(1, torn["attempts"]!.GetValue<int>());
        Assert.Contains("could not compose or send it (ArgumentException)", torn["lastError"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kind_of_notification_that_only_a_later_version_knows_keeps_no_other_from_being_told()
    {
        var slack = _detector.WithNotifier("slack");
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync(
            "UPDATE notifications SET kind = 'Escalation'"));
        await _detector.DeliverAsync(Some.FactorReset());

        await _detector.DispatchNotificationsAsync();

        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task A_notifier_that_throws_is_tried_again_and_not_at_once()
    {
        var slack = _detector.WithNotifier("slack");
        slack.Answer = () => throw new InvalidOperationException("a defect");

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(1, slack.Attempts);

        slack.Answer = () => new NotificationResult.Sent("ok");
        _detector.Clock.Advance(TimeSpan.FromSeconds(10));
        await _detector.DispatchNotificationsAsync();
        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task What_was_abandoned_can_be_tried_again_and_is_then_told()
    {
        var slack = _detector.WithNotifier("slack").Then(new NotificationResult.GiveUp("404 no_service"));

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        var abandoned = await OnlyNotificationAsync();
        var revived = await _detector.PostAsOperatorAsync($"/api/notifications/{abandoned["id"]}/retry");
        await _detector.DispatchNotificationsAsync();

        Assert.Equal("abandoned", abandoned["state"]!.GetValue<string>());
        Assert.Equal("pending", revived["state"]!.GetValue<string>());
        Assert.Equal(abandoned["id"]!.GetValue<string>(), Assert.Single(slack.Received).Id);
    }

    [Fact]
    public async Task What_was_told_is_not_told_again_on_request()
    {
        var slack = _detector.WithNotifier("slack");
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        using var answer = await _detector.AskAsync(HttpMethod.Post, $"/api/notifications/{(await OnlyNotificationAsync())["id"]}/retry");
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task A_retry_of_a_notification_that_does_not_exist_is_404()
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, $"/api/notifications/{Guid.Empty}/retry");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Every_attempt_at_one_notification_carries_the_same_id()
    {
        var ids = new List<string>();
        var slack = _detector.WithNotifier("slack");
        slack.Answer = () => new NotificationResult.Retry("503");

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        ids.Add((await OnlyNotificationAsync())["id"]!.GetValue<string>());
        slack.Answer = () => new NotificationResult.Sent("ok");
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(ids[0], Assert.Single(slack.Received).Id);
    }

    [Fact]
    public async Task A_notifier_is_never_used_faster_than_its_pace()
    {
        var slack = _detector.WithNotifier("slack", perSecond: 1);

        await _detector.DeliverAsync(Some.FactorReset(), Some.FactorReset(), Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        Assert.Single(slack.Received);

        _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(2, slack.Received.Count);

        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(3, slack.Received.Count);
    }

    [Fact]
    public async Task Two_workers_never_send_the_same_notification()
    {
        var slack = _detector.WithNotifier("slack");
        await _detector.DeliverAsync([.. Enumerable.Range(0, 40).Select(_ => Some.FactorReset())]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(_detector.DispatchNotificationsAsync)));

        Assert.Equal(40, slack.Received.Count);
        Assert.Equal(40, slack.Received.Select(notice => notice.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task What_a_dead_worker_had_under_lease_is_taken_over_when_the_lease_is_over()
    {
        var slack = _detector.WithNotifier("slack");
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.WriteAsync(transaction => Lease.ClaimAsync(transaction, "slack", 1, 0, TimeSpan.FromSeconds(20)));

        await _detector.DispatchNotificationsAsync();
        Assert.Empty(slack.Received);

        _detector.Clock.Advance(TimeSpan.FromSeconds(21));
        await _detector.DispatchNotificationsAsync();
        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task A_result_that_could_not_be_recorded_at_first_is_recorded_while_the_clock_of_the_test_stands_still()
    {
        var slack = _detector.WithNotifier("slack");
        var isRenamed = new TaskCompletionSource();
        slack.Answer = () =>
        {
            _detector.Storage.Execute("ALTER TABLE notifications RENAME TO notifications_elsewhere");
            isRenamed.SetResult();
            return new NotificationResult.Sent("ok");
        };
        await _detector.DeliverAsync(Some.FactorReset());

        var dispatching = _detector.DispatchNotificationsAsync();
        await isRenamed.Task;
        while (!_detector.Logs.Lines.Any(line => line.Contains("A commit of 1 pieces of work failed", StringComparison.Ordinal))) await Task.Yield();
        _detector.Storage.Execute("ALTER TABLE notifications_elsewhere RENAME TO notifications");
        await dispatching;

        Assert.Equal("sent", (await OnlyNotificationAsync())["state"]!.GetValue<string>());
        Assert.Single(slack.Received);
    }

    [Fact]
    public async Task News_wakes_a_worker_however_often_it_has_waited_in_vain()
    {
        _detector.WithNotifier("slack");
        var outbox = _detector.Services.GetRequiredService<Outbox>();
        for (var turn = 0; turn < 3; turn++)
        {
            var inVain = outbox.WaitForNewsAsync("slack", TimeSpan.FromSeconds(1), _detector.Clock, TestContext.Current.CancellationToken);
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
            await inVain;
        }

        var waiting = outbox.WaitForNewsAsync("slack", TimeSpan.FromSeconds(1), _detector.Clock, TestContext.Current.CancellationToken);
        outbox.WakeAll();
        outbox.WakeAll();
        await waiting;
    }

    [Fact]
    public async Task A_notification_whose_notifier_is_gone_is_abandoned_in_the_end()
    {
        _detector.WithNotifier("slack");
        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromHours(25));

        await _detector.WriteAsync(transaction => Outbox.AbandonOrphansAsync(transaction, []));

        Assert.Equal("abandoned", (await OnlyNotificationAsync())["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_test_reports_what_the_channel_really_answered()
    {
        var slack = _detector.WithNotifier("slack").Then(new NotificationResult.GiveUp("404 no_service"));

        var refused = await _detector.PostAsOperatorAsync("/api/notifiers/slack/test");
        var taken = await _detector.PostAsOperatorAsync("/api/notifiers/slack/test");

        Assert.Equal("giveUp", refused["result"]!.GetValue<string>());
        Assert.Equal("404 no_service", refused["answer"]!.GetValue<string>());
        Assert.Equal("sent", taken["result"]!.GetValue<string>());
        Assert.Equal("notifier.test", Assert.Single(slack.Received).Type);
    }

    [Fact]
    public async Task The_list_of_notifiers_says_how_each_is_doing()
    {
        _detector.WithNotifier("slack");
        _detector.WithNotifier("mail").Answer = () => new NotificationResult.GiveUp("550");

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        var notifiers = (await _detector.GetAsync("/api/notifiers"))["items"]!.AsArray().ToDictionary(item => item!["name"]!.GetValue<string>(), StringComparer.Ordinal);
        Assert.Equal(1, notifiers["slack"]!["sent"]!.GetValue<int>());
        Assert.Equal(1, notifiers["mail"]!["abandoned"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_list_of_notifiers_comes_in_pages()
    {
        foreach (var name in (string[])["a", "b", "c"]) _detector.WithNotifier(name);

        var first = await _detector.GetAsync("/api/notifiers?limit=2");
        var second = await _detector.GetAsync($"/api/notifiers?limit=2&cursor={first["nextCursor"]}");

        Assert.Equal(["a", "b", "c"], first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => item!["name"]!.GetValue<string>()));
        Assert.Null(second["nextCursor"]);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<JsonNode> OnlyNotificationAsync() => Assert.Single((await _detector.GetAsync("/api/notifications"))["items"]!.AsArray())!;
}
