using System.Net;
using System.Text.Json;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

/// <summary>An exception item suppresses alerts, so none appears or changes in silence.</summary>
public sealed class ExceptionItemNewsTests : IAsyncDisposable
{
    private const string ByEve = "okta.actor.alternate_id:\"eve@example.com\"";

    private readonly DetectorApp _detector = new();
    private readonly RecordingNotifier _slack;
    private readonly RecordingNotifier _pager;

    public ExceptionItemNewsTests() => (_slack, _pager) = (_detector.WithNotifier("slack"), _detector.WithNotifier("pager"));

    [Fact]
    public async Task A_new_item_is_sent_to_every_notifier_with_who_what_until_and_what_it_would_have_covered()
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: "eve@example.com", target: "bob@example.com"), Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        var item = await _detector.ExceptAsync(ByEve);
        await _detector.DispatchNotificationsAsync();

        var notice = _slack.Received[^1];
        Assert.Equal("exception.created", notice.Type);
        Assert.Equal("exception.created", _pager.Received[^1].Type);
        Assert.Equal("oncall created an exception item that suppresses alerts until 2026-12-24 09:20:00 UTC", notice.Title);
        Assert.Contains("Yearly audit", notice.Summary, StringComparison.Ordinal);
        Assert.Contains("it would have covered 2 of 3 stored log events", notice.Summary, StringComparison.Ordinal);
        var facts = notice.Facts.ToDictionary(fact => fact.Label, fact => fact.Value, StringComparer.Ordinal);
        Assert.Equal(ByEve, facts["Covers"]);
        Assert.Equal("by oncall at 2026-11-24 09:20:00 UTC", facts["Created"]);
        Assert.Equal("2 of 3 in 30 days", facts["Would have covered"]);
        Assert.Contains($"DELETE /api/exceptions/{item["id"]}", notice.NextSteps[1], StringComparison.Ordinal);
        Assert.Equal(
            (await _detector.GetAsync($"/api/exceptions/{item["id"]}")).ToJsonString(),
            JsonSerializer.SerializeToNode(notice.Data, ApiJson.Options)!.ToJsonString());
    }

    [Fact]
    public async Task A_changed_item_is_sent_as_it_is_now()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(1));

        await _detector.ChangeAsync(item, SomeExceptionItem.Covering("okta.actor.id:00u1bot"));
        await _detector.DispatchNotificationsAsync();

        var notice = _slack.Received[^1];
        Assert.Equal(2, _slack.Received.Count);
        Assert.Equal("exception.changed", notice.Type);
        Assert.Contains(notice.Facts, fact => fact is { Label: "Covers", Value: "okta.actor.id:00u1bot" });
        Assert.Contains(notice.Facts, fact => fact is { Label: "Changed", Value: "by oncall at 2026-11-24 09:21:00 UTC" });
    }

    [Fact]
    public async Task A_request_that_is_refused_sends_nothing()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await _detector.EndAsync(item);
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(HttpStatusCode.Conflict, await _detector.ChangeAsync(item, SomeExceptionItem.Covering(ByEve)));
        await _detector.DispatchNotificationsAsync();

        Assert.Single(_slack.Received);
    }

    [Fact]
    public async Task An_item_that_was_ended_before_the_channel_recovered_is_sent_all_the_same()
    {
        _slack.Then(new NotificationResult.Retry("out of order"));
        var item = await _detector.ExceptAsync(ByEve);
        await _detector.DispatchNotificationsAsync();
        await _detector.EndAsync(item);

        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.DispatchNotificationsAsync();

        Assert.Contains("It is over by now.", Assert.Single(_slack.Received).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_changes_is_sent_one_by_one_up_to_ten_and_then_as_one_list_that_names_the_rest()
    {
        for (var n = 0; n < 25; n++) await _detector.ExceptAsync($"okta.actor.id:00u1bot{n}");
        await _detector.DispatchNotificationsAsync();
        Assert.Equal(10, _slack.Received.Count);

        _detector.Clock.Advance(TimeSpan.FromMinutes(5));
        await _detector.DispatchNotificationsAsync();

        var list = _slack.Received[^1];
        Assert.Equal(11, _slack.Received.Count);
        Assert.Equal(11, _pager.Received.Count);
        Assert.Equal("exception.changed", list.Type);
        Assert.Equal(20, list.Facts.Count);
        Assert.All(Enumerable.Range(10, 15), n => Assert.Contains(list.Facts, fact => fact.Value.StartsWith($"okta.actor.id:00u1bot{n} ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Changes_of_the_next_five_minutes_are_sent_one_by_one_again()
    {
        for (var n = 0; n < 12; n++) await _detector.ExceptAsync($"okta.actor.id:00u1bot{n}");
        _detector.Clock.Advance(TimeSpan.FromMinutes(5));
        await _detector.ExceptAsync(ByEve);
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(12, _slack.Received.Count);
        Assert.Contains(_slack.Received, notice => notice.Facts.Any(fact => fact is { Label: "Covers", Value: ByEve }));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
