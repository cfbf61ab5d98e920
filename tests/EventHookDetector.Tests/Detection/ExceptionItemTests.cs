using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

public sealed class ExceptionItemTests : IAsyncDisposable
{
    private const string ByEve = "okta.actor.alternate_id:\"eve@example.com\"";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task What_an_item_covers_is_recorded_with_it_and_wakes_nobody()
    {
        var channel = _detector.WithNotifier("secops");
        var item = await _detector.ExceptAsync(ByEve);

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(["exception.created"], channel.Received.Select(notice => notice.Type));
        var record = Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
        Assert.Equal($"Covered by exception item {item["id"]}: Yearly audit (SEC-1042, owner grace@example.com).", record["because"]!.GetValue<string>());
        Assert.Equal(item["id"]!.GetValue<string>(), record["exceptionItemId"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_no_item_covers_is_told()
    {
        await _detector.ExceptAsync(ByEve);

        await _detector.DeliverAsync(Some.FactorReset(actor: "mallory@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task Every_hit_is_counted()
    {
        var item = await _detector.ExceptAsync(ByEve);

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: "eve@example.com"), Some.FactorReset());

        var hit = await _detector.GetAsync($"/api/exceptions/{item["id"]}");
        Assert.Equal(2, hit["hits"]!.GetValue<int>());
        Assert.Equal("2026-11-24T09:20:00Z", hit["lastHitAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task Of_two_items_that_cover_it_the_older_one_is_named()
    {
        var first = await _detector.ExceptAsync(ByEve);
        _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        await _detector.ExceptAsync(ByEve);

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));

        Assert.Equal(first["id"]!.GetValue<string>(), Assert.Single(await _detector.AlertsAsync())["exceptionItemId"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_item_covers_nothing_before_its_start_and_from_its_end_on()
    {
        var item = SomeExceptionItem.Covering(ByEve);
        (item["startsAt"], item["endsAt"]) = ("2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z");
        await _detector.AddAsync(item);

        await _detector.DeliverAsync(ByEveAt("2026-11-24T09:59:59.999Z"), ByEveAt("2026-11-24T10:00:00Z"), ByEveAt("2026-11-24T11:59:59.999Z"), ByEveAt("2026-11-24T12:00:00Z"));

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=excepted")).Count);
        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    [Fact]
    public async Task Once_its_end_has_passed_it_covers_nothing_even_of_what_happened_before()
    {
        await _detector.ExceptAsync(ByEve);
        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromDays(30));

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));

        Assert.Empty(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Fact]
    public async Task A_recurring_item_covers_its_windows_and_nothing_between_them()
    {
        var item = SomeExceptionItem.Covering(ByEve);
        item["recurrence"] = new JsonObject { ["cron"] = "0 9 * * 1-5", ["duration"] = "08:00:00", ["timeZone"] = "Europe/Berlin" };
        await _detector.AddAsync(item);

        await _detector.DeliverAsync(ByEveAt("2026-11-24T07:59:59Z"), ByEveAt("2026-11-24T08:00:00Z"), ByEveAt("2026-11-24T16:00:00Z"));

        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Fact]
    public async Task An_item_that_has_ended_or_was_changed_covers_at_once_what_it_says_now()
    {
        var (changed, ended) = (await _detector.ExceptAsync(ByEve), await _detector.ExceptAsync(new JsonObject { ["actor"] = "bob@example.com" }));
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: "bob@example.com"));
        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=excepted")).Count);

        await _detector.ChangeAsync(changed, SomeExceptionItem.Covering(new JsonObject { ["actor"] = "mallory@example.com" }));
        await _detector.EndAsync(ended);
        await _detector.DeliverAsync(
            Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: "bob@example.com"), Some.FactorReset(actor: "mallory@example.com"));

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Equal(3, (await _detector.AlertsAsync("&outcome=excepted")).Count);
    }

    [Fact]
    public async Task What_another_process_has_ended_covers_nothing_and_what_it_has_added_covers_within_seconds()
    {
        var item = await _detector.ExceptAsync(ByEve);
        await _detector.DeliverAsync(Some.FactorReset());

        await _detector.WriteAsync(transaction => transaction.ExecuteAsync(
            "UPDATE exception_items SET ended_at = @Now, revision = revision + 1", transaction.Now));
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync(
            "UPDATE exception_items SET ended_at = NULL, revision = revision + 1 WHERE id = @Id", $"{item["id"]}"));
        _detector.Clock.Advance(TimeSpan.FromSeconds(5));
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Fact]
    public async Task An_item_that_cannot_be_read_covers_nothing_and_keeps_no_other_from_its_work()
    {
        var broken = await _detector.ExceptAsync(ByEve);
        await _detector.ExceptAsync(new JsonObject { ["actor"] = "bob@example.com" });
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync(
            "UPDATE exception_items SET condition = 'a:(' WHERE id = @Id", $"{broken["id"]}"));

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: "bob@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject ByEveAt(string published)
    {
        var reset = Some.FactorReset(actor: "eve@example.com");
        reset["published"] = published;
        return reset;
    }
}
