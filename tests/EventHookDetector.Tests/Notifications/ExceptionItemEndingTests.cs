using System.Text.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Notifications;

public sealed class ExceptionItemEndingTests : IAsyncDisposable
{
    private const string ByEve = "okta.actor.alternate_id:\"eve@example.com\"";
    private const string EndsAt = "2026-12-24T09:20:00Z";
    private const int DaysToLive = 30;

    private readonly DetectorApp _detector = new();
    private readonly RecordingNotifier _slack;
    private readonly RecordingNotifier _pager;

    public ExceptionItemEndingTests()
    {
        (_slack, _pager) = (_detector.WithNotifier("slack"), _detector.WithNotifier("pager"));
        _detector.Settings["PublicUrl"] = "https://detector.example.com";
    }

    [Fact]
    public async Task Three_days_before_an_item_ends_every_notifier_is_told_once()
    {
        await _detector.ExceptAsync(ByEve);

        await PassAsync(TimeSpan.FromDays(DaysToLive - 3) - TimeSpan.FromSeconds(1));
        Assert.Empty(Endings(_slack));

        await PassAsync(TimeSpan.FromSeconds(1));
        await PassAsync(TimeSpan.FromDays(1));
        await PassAsync(TimeSpan.FromDays(5));

        Assert.Equal(["exception.ending"], Endings(_slack).Select(notice => notice.Type));
        Assert.Equal(["exception.ending"], Endings(_pager).Select(notice => notice.Type));
    }

    [Fact]
    public async Task It_says_which_item_whose_it_is_what_it_covered_and_what_to_do()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: "eve@example.com"));

        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        var notice = Assert.Single(Endings(_slack));
        Assert.Equal("An exception item of grace@example.com ends at 2026-12-24 09:20:00 UTC", notice.Title);
        Assert.Contains("Yearly audit", notice.Summary, StringComparison.Ordinal);
        Assert.Equal(
            [
                $"Covers: {ByEve}", "Owner: grace@example.com", "Reason: Yearly audit", "Ticket: SEC-1042", "Covered so far: 2",
                "Last: 2026-11-24 09:20:00 UTC", "Ends: 2026-12-24 09:20:00 UTC", $"Item: {item["id"]}",
            ],
            notice.Facts.Select(fact => $"{fact.Label}: {fact.Value}"));
        Assert.Contains($"PUT /api/exceptions/{item["id"]}", notice.NextSteps[0], StringComparison.Ordinal);
        Assert.Equal("https://detector.example.com/swagger/index.html#/Exception%20items/GetExceptionItem", notice.Link?.AbsoluteUri);
    }

    [Fact]
    public async Task A_webhook_gets_the_item_as_the_API_shows_it()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        var shown = await _detector.GetAsync($"/api/exceptions/{item["id"]}");

        Assert.Equal("2026-12-21T09:20:00Z", shown["announcedAt"]!.GetValue<string>());
        Assert.Equal(shown.ToJsonString(), JsonSerializer.SerializeToNode(Endings(_slack)[0].Data, ApiJson.Options)!.ToJsonString());
    }

    [Fact]
    public async Task A_recurring_item_says_when_it_covers_anything()
    {
        var item = SomeExceptionItem.Covering(ByEve);
        item["recurrence"] = new JsonObject { ["cron"] = "0 9 * * 1-5", ["duration"] = "08:00:00", ["timeZone"] = "Europe/Berlin" };
        await _detector.AddAsync(item);

        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        Assert.Contains(Assert.Single(Endings(_slack)).Facts, fact => fact is { Label: "Only while", Value: "0 9 * * 1-5 (Europe/Berlin), for 08:00:00" });
    }

    [Fact]
    public async Task A_later_end_is_announced_in_its_turn_and_the_same_one_not_again()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        await _detector.ChangeAsync(item, Ending(EndsAt, reason: "Another reason"));
        await PassAsync(TimeSpan.Zero);
        Assert.Single(Endings(_slack));

        await _detector.ChangeAsync(item, Ending("2027-01-24T09:20:00Z"));
        await PassAsync(TimeSpan.FromDays(31) - TimeSpan.FromSeconds(1));
        Assert.Single(Endings(_slack));
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Endings(_slack).Count);
        Assert.Contains("2027-01-24", Endings(_slack)[1].Title, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-27T09:20:00Z", null)]
    [InlineData("2026-12-03T09:20:00Z", "2026-12-01T09:20:00Z")]
    public async Task What_lives_no_longer_than_three_days_ends_without_a_word(string endsAt, string? startsAt)
    {
        var item = Ending(endsAt);
        item["startsAt"] = startsAt;
        await _detector.AddAsync(item);

        for (var day = 0; day < 10; day++) await PassAsync(TimeSpan.FromDays(1));

        Assert.Empty(Endings(_slack));
    }

    [Fact]
    public async Task What_was_ended_before_its_time_is_not_announced()
    {
        await _detector.EndAsync(await _detector.ExceptAsync(ByEve));

        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        Assert.DoesNotContain((await _detector.GetAsync("/api/notifications"))["items"]!.AsArray(), item => $"{item!["kind"]}" == "exceptionItemEnding");
    }

    [Fact]
    public async Task After_an_outage_what_has_not_ended_yet_is_announced_late_and_what_has_is_not()
    {
        await _detector.ExceptAsync(ByEve);
        await _detector.AddAsync(Ending("2026-12-20T09:20:00Z"));

        await PassAsync(TimeSpan.FromDays(DaysToLive) - TimeSpan.FromMinutes(1));

        Assert.Contains("2026-12-24", Assert.Single(Endings(_slack)).Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_was_out_of_order_hears_nothing_of_what_somebody_has_dealt_with()
    {
        var (ended, extended) = (await _detector.ExceptAsync(ByEve), await _detector.ExceptAsync(ByEve));
        await PassAsync(TimeSpan.Zero);
        _slack.Then(new NotificationResult.Retry("out of order")).Then(new NotificationResult.Retry("out of order"));
        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        await _detector.EndAsync(ended);
        await _detector.ChangeAsync(extended, Ending("2027-01-24T09:20:00Z"));
        await PassAsync(TimeSpan.FromHours(1));

        Assert.Empty(Endings(_slack));
        Assert.Equal(2, Endings(_pager).Count);
    }

    [Fact]
    public async Task A_channel_that_hears_of_it_afterwards_is_told_that_it_has_ended()
    {
        await _detector.ExceptAsync(ByEve);
        await PassAsync(TimeSpan.Zero);
        _slack.Then(new NotificationResult.Retry("out of order"));
        await PassAsync(TimeSpan.FromDays(DaysToLive) - TimeSpan.FromMinutes(1));

        await PassAsync(TimeSpan.FromHours(1));

        Assert.Equal("An exception item of grace@example.com ended at 2026-12-24 09:20:00 UTC", Assert.Single(Endings(_slack)).Title);
    }

    [Fact]
    public async Task Of_several_processes_one_announces_it()
    {
        await _detector.ExceptAsync(ByEve);
        _detector.Clock.Advance(TimeSpan.FromDays(DaysToLive - 3));

        var taken = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _detector.WriteAsync(ExceptionItemEndings.TakeAsync)));

        Assert.Single(taken.SelectMany(items => items));
    }

    [Fact]
    public async Task It_stands_in_the_outbox_under_its_own_kind()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await PassAsync(TimeSpan.FromDays(DaysToLive - 3));

        var notification = (await _detector.GetAsync("/api/notifications?notifier=slack"))["items"]!.AsArray()[0]!;

        Assert.Equal("exceptionItemEnding", notification["kind"]!.GetValue<string>());
        Assert.Equal($"{item["id"]}", notification["subject"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    // Of the news that an item was created or changed, other tests tell.
    private static IReadOnlyList<Notice> Endings(RecordingNotifier notifier) =>
        [.. notifier.Received.Where(notice => notice.Type == "exception.ending")];

    private static JsonObject Ending(string endsAt, string reason = "Yearly audit")
    {
        var item = SomeExceptionItem.Covering(ByEve);
        (item["endsAt"], item["reason"]) = (endsAt, reason);
        return item;
    }

    private async Task PassAsync(TimeSpan time)
    {
        _detector.Clock.Advance(time);
        await _detector.DispatchNotificationsAsync();
    }
}
