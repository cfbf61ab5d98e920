using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventHookDetector.Tests.Dashboard;

/// <summary>What the page says of a night that is half over: it began yesterday.</summary>
[Trait("Engine", "Any")]
public sealed class WordsInChromiumTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Evening = new(2026, 11, 24, 18, 2, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Night = new(2026, 11, 25, 1, 22, 0, TimeSpan.Zero);

    private readonly DetectorApp _detector = new() { OnKestrel = true };
    private Chromium _chromium = null!;

    public async ValueTask InitializeAsync() => _chromium = await Chromium.StartAsync();

    [Fact]
    public async Task Times_of_yesterday_have_their_date_and_the_axis_has_midnight()
    {
        await DeliverAtAsync(Evening, Some.FactorReset(target: "ada@example.com"));
        await DeliverAtAsync(Night, Some.FactorReset(target: "eve@example.com"));
        var page = await LookAtNightAsync();

        await Expect(page.Locator("#newest tr", new() { HasText = "ada@" }).Locator("time")).ToHaveTextAsync("2026-11-24 18:02:00");
        await Expect(page.Locator("#newest tr", new() { HasText = "eve@" }).Locator("time")).ToHaveTextAsync("01:22:00");
        await Expect(page.Locator("#day .ends span").First).ToHaveTextAsync("yesterday 01:30 UTC");
        await Expect(page.Locator("#day .ends span").Last).ToHaveTextAsync("now");
        await Expect(page.Locator("#day line.midnight")).ToHaveAttributeAsync("x1", "900");
        await Expect(page.Locator("#windows .mark")).ToHaveTextAsync("00:00");
        await Expect(page.Locator("#lag")).ToContainTextAsync("Okta → us");
        await Expect(page.Locator("#lag")).ToContainTextAsync("16 h 2 min");
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task The_headline_says_what_is_open_and_what_woke_nobody()
    {
        _detector.WithNotifier("secops");
        _detector.Settings["Detection:MaxAlerts"] = "2";
        await _detector.ExceptAsync(new JsonObject { ["target"] = "grace@example.com" });
        await DeliverAtAsync(Night.AddSeconds(-1), Some.FactorReset(target: "ada@example.com"));
        await DeliverAtAsync(Night, Some.FactorReset(target: "ceo@example.com"));
        await DeliverAtAsync(Night, Some.FactorReset(target: "ceo@example.com"), Some.FactorReset(target: "grace@example.com"));
        var page = await LookAtNightAsync();

        await Expect(page.Locator("#news")).ToHaveTextAsync("2 alerts in 24 hours, 2 of them open, the newest: ceo@example.com. 2 more woke nobody (1 excepted, 1 capped).");
        await Expect(page.Locator("#newest tr", new() { HasText = "grace@" })).ToContainTextAsync("nobody (excepted)");
        await Expect(page.Locator("#newest tr", new() { HasText = "grace@" })).ToContainTextAsync("Yearly audit");
        await Expect(page.Locator("#lag-of")).ToHaveTextAsync("Of the newest alerts, 2 in all. 2 were taken by none.");
    }

    [Fact]
    public async Task Without_a_channel_the_headline_begins_with_that()
    {
        await DeliverAtAsync(Night, Some.FactorReset(target: "ada@example.com"));
        var page = await LookAtNightAsync();

        await Expect(page.Locator("#news")).ToHaveTextAsync("Nobody is told: no channel is configured. 1 alert in 24 hours, and open: ada@example.com.");
        await Expect(page.Locator("#newest tr").First).ToContainTextAsync("nobody (no channel)");
    }

    [Fact]
    public async Task A_bar_and_its_line_in_the_table_lead_to_the_alerts_of_that_time()
    {
        await DeliverAtAsync(Evening, Some.FactorReset(target: "ada@example.com"));
        await DeliverAtAsync(Evening.AddMinutes(13), Some.FactorReset(target: "bob@example.com"));
        await DeliverAtAsync(Night, Some.FactorReset(target: "eve@example.com"));
        var page = await LookAtNightAsync();

        await page.Locator("#day rect").Nth(1).ClickAsync();
        await Expect(page.Locator("#place-title")).ToHaveTextAsync("Alerts from 2026-11-24 18:15:00 UTC to 2026-11-24 18:30:00 UTC");
        await Expect(page.Locator("#place tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#place tbody")).ToContainTextAsync("bob@example.com");

        await page.GoBackAsync();
        await page.Locator("#day summary").ClickAsync();
        await page.Locator("#day tbody a").First.ClickAsync();
        await Expect(page.Locator("#place tbody")).ToContainTextAsync("ada@example.com");
        await Expect(page.Locator("#place-title")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_link_in_a_digest_leads_to_what_was_withheld()
    {
        _detector.Settings["PublicUrl"] = "https://detector.example.com";
        _detector.Settings["Detection:MaxAlerts"] = "1";
        var secops = _detector.WithNotifier("secops");
        await DeliverAtAsync(Evening, Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "ada@example.com"));
        _detector.Clock.SetUtcNow(Night);
        await _detector.DispatchNotificationsAsync();
        var link = Assert.Single(secops.Received, notice => notice.Type == "window.digest").Link!;

        var page = await LookAtNightAsync(link.PathAndQuery + link.Fragment);

        await Expect(page.Locator("#place tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#place tbody")).ToContainTextAsync("ada@example.com");
        await Expect(page.Locator("#place tbody")).ToContainTextAsync("its cap is 1 alerts");
        await page.AssertIsAccessibleAsync();
    }

    [Fact]
    public async Task On_a_phone_an_alert_is_a_card_with_what_decides_first()
    {
        await DeliverAtAsync(Night, Some.FactorReset(target: "ada@example.com"));
        var page = await LookAtNightAsync(options: new() { ViewportSize = new() { Width = 400, Height = 900 } });
        var cells = page.Locator("#newest td");
        await Expect(cells).ToHaveCountAsync(8);

        Assert.Equal(
            ["Severity", "Whose factors", "By whom", "Status"],
            (await cells.EvaluateAllAsync<string[]>("all => all.map(cell => cell.dataset.label)")).Take(4));
        var boxes = await cells.EvaluateAllAsync<double[][]>("all => all.map(cell => [cell.getBoundingClientRect().top, cell.getBoundingClientRect().right])");
        Assert.Equal(boxes.OrderBy(box => box[0]), boxes);
        Assert.Equal(8, boxes.Select(box => box[0]).Distinct().Count());   // one below the other
        Assert.All(boxes, box => Assert.InRange(box[1], 0, 400));
        await Expect(page.GetByRole(AriaRole.Cell, new() { Name = "ada@example.com" })).ToBeVisibleAsync();   // still a table to a screen reader
    }

    [Fact]
    public async Task A_key_that_ended_is_told_so_in_the_words_of_the_detector()
    {
        var made = await _detector.PostAsOperatorAsync("/api/keys", JsonNode.Parse("""{"owner":"ada","role":"viewer","endsAt":"2026-11-24T10:00:00Z"}"""));
        _detector.Clock.SetUtcNow(Night);

        var page = await _chromium.LookAsync(_detector, key: made["key"]!.GetValue<string>());

        await Expect(page.Locator("#key-fault")).ToContainTextAsync("This key ended at 2026-11-24 10:00:00Z");
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        await _detector.DisposeAsync();
    }

    private Task<HttpResponseMessage> DeliverAtAsync(DateTimeOffset time, params JsonObject[] logEvents)
    {
        _ = _detector.Http;
        _detector.Clock.SetUtcNow(time);
        return _detector.DeliverAsync(logEvents);
    }

    private async Task<IPage> LookAtNightAsync(string path = "/", BrowserNewPageOptions? options = null)
    {
        _detector.Clock.SetUtcNow(Night);
        var page = await _chromium.OpenAsync(_detector, path, options);
        await page.Clock.SetFixedTimeAsync(Night.UtcDateTime);
        await page.EnterKeyAsync();
        return page;
    }
}
