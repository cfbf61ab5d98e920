using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventHookDetector.Tests.Dashboard;

/// <summary>Where the link in a notification leads.</summary>
[Trait("Engine", "Any")]
public sealed class AlertInChromiumTests : IAsyncLifetime
{
    private readonly DetectorApp _detector = new() { OnKestrel = true, WallClock = TimeProvider.System };
    private Chromium _chromium = null!;

    public async ValueTask InitializeAsync() => _chromium = await Chromium.StartAsync();

    [Fact]
    public async Task The_link_in_a_notification_leads_to_the_alert_once_the_key_is_given()
    {
        _detector.Settings["PublicUrl"] = "https://detector.example.com/";
        var secops = _detector.WithNotifier("secops");
        _detector.WithNotifier("mail").Answer = () => new NotificationResult.GiveUp("550 no such mailbox");
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();
        var link = Assert.Single(secops.Received).Link!;
        Assert.Equal("/", link.AbsolutePath);

        var page = await _chromium.LookAsync(_detector, link.PathAndQuery + link.Fragment);

        await Expect(page.Locator("#place-title")).ToHaveTextAsync("Alert about ada@example.com");
        await Expect(page.Locator("#place-title")).ToBeFocusedAsync();
        await Expect(page).ToHaveTitleAsync("Alert about ada@example.com · EventHookDetector");
        var place = page.Locator("#place");
        foreach (var fact in (string[])["All MFA factors were reset.", "A Target", "eve@example.com", "without an API token", "2026-11-24 09:19:57 UTC, by Okta’s clock", "1 of 2 channels",
            "198.51.100.23", "Lisbon, Lisbon, Portugal", "Mozilla/5.0", "risk score 21", "open", "550 no such mailbox", "Told through secops.", "Investigate"])
            await Expect(place).ToContainTextAsync(fact);
        await Expect(page.Locator("#overview")).ToBeHiddenAsync();
        await Expect(page.Locator("#raw pre")).ToBeHiddenAsync();
        await page.Locator("#raw summary").ClickAsync();
        await Expect(page.Locator("#raw pre")).ToContainTextAsync("\"displayMessage\": \"Reset all factors for user\"");
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task From_the_list_to_an_alert_and_back_with_the_keyboard()
    {
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        var page = await _chromium.LookAsync(_detector);
        await Expect(page.Locator("#newest-title")).ToBeFocusedAsync();

        await page.Locator("#newest a").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#place-title")).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to the overview" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#newest-title")).ToBeFocusedAsync();
        await Expect(page).ToHaveTitleAsync("EventHookDetector");
        await Expect(page.Locator("#elsewhere")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData("019ab3f0-8f14-7d10-a53f-5b8b7c60c8f4")]
    [InlineData("../rules")]
    [InlineData("")]
    public async Task Of_an_id_that_is_unknown_it_says_so(string id)
    {
        var page = await _chromium.LookAsync(_detector, $"/#alert={id}");

        await Expect(page.Locator("#place-title")).ToHaveTextAsync("There is no such alert");
        await Expect(page.Locator("#place")).ToContainTextAsync($"There is no alert of the id {id}.");
        await Expect(page.Locator("#place-title")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_a_log_event_says_is_shown_and_does_not_run()
    {
        const string hostile = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>";
        var reset = Some.FactorReset(actor: hostile, target: hostile);
        reset["client"]!["userAgent"]!["rawUserAgent"] = hostile;
        reset["outcome"]!["reason"] = hostile;
        reset["target"]![0]!["displayName"] = $"\u202E{hostile}";
        await _detector.DeliverAsync(reset);

        var page = await _chromium.LookAsync(_detector, $"/#alert={await OnlyIdAsync()}");

        await Expect(page.Locator("#place dl")).ToContainTextAsync("<img src=x onerror=");
        await Expect(page.Locator("#place dl")).ToContainTextAsync("\uFFFD<img");
        await Expect(page.Locator("#elsewhere img, #elsewhere script")).ToHaveCountAsync(0);
        await Expect(page).ToHaveTitleAsync($"Alert about {hostile} · EventHookDetector");
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task Whoever_looks_at_it_sees_that_somebody_else_took_it_up()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        var id = await OnlyIdAsync();
        var page = await _chromium.LookAsync(_detector, $"/#alert={id}");
        await Expect(page.Locator("#place .word.open")).ToBeVisibleAsync();
        await page.Locator("#raw summary").ClickAsync();

        await _detector.PostAsOperatorAsync($"/api/alerts/{id}/acknowledge");

        await Expect(page.Locator("#place .word.acknowledged")).ToBeVisibleAsync();
        await Expect(page.Locator("#raw pre")).ToBeVisibleAsync();   // what was opened stays open
    }

    [Fact]
    public async Task It_says_why_nobody_was_told()
    {
        _detector.WithNotifier("secops");
        await _detector.ExceptAsync(new JsonObject { ["target"] = "ada@example.com" });
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));

        var page = await _chromium.LookAsync(_detector, $"/#alert={await OnlyIdAsync()}");

        await Expect(page.Locator("#place")).ToContainTextAsync("nobody (excepted)");
        await Expect(page.Locator("#place")).ToContainTextAsync("Yearly audit");
        await Expect(page.Locator("#place")).ToContainTextAsync("not told: it was not to be");
    }

    [Fact]
    public async Task To_act_it_leads_to_Swagger_UI_with_the_id_at_hand()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        var id = await OnlyIdAsync();
        var page = await _chromium.LookAsync(_detector, $"/#alert={id}");
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);

        await page.GetByRole(AriaRole.Button, new() { Name = "Copy the id" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Copied" })).ToBeVisibleAsync();
        Assert.Equal(id, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Acknowledge it in Swagger UI" }).ClickAsync();

        await Expect(page.Locator("#operations-Alerts-AcknowledgeAlert.is-open")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("Exception%20items", "GetExceptionItem", "#operations-Exception_items-GetExceptionItem.is-open")]
    [InlineData("Alerts", "ListAlerts", "#operations-Alerts-ListAlerts.is-open")]
    public async Task Links_to_an_operation_open_it(string tag, string operation, string opened)
    {
        var page = await _chromium.OpenAsync(_detector, $"/swagger/index.html#/{tag}/{operation}");

        await Expect(page.Locator(opened)).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 400)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task Nothing_on_it_shuts_anybody_out(ColorScheme colours, int width)
    {
        _detector.WithNotifier("secops");
        _detector.WithNotifier("mail").Answer = () => new NotificationResult.GiveUp("550 no such mailbox");
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        var page = await _chromium.LookAsync(
            _detector, $"/#alert={await OnlyIdAsync()}", options: new() { ColorScheme = colours, ViewportSize = new() { Width = width, Height = 900 } });
        await Expect(page.Locator("#place")).ToContainTextAsync("550 no such mailbox");
        await page.Locator("#raw summary").ClickAsync();

        await page.AssertIsAccessibleAsync();
        await page.AssertFitsAsync();
        await page.ShootAsync($"alert-{colours}-{width}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        await _detector.DisposeAsync();
    }

    private async Task<string> OnlyIdAsync() => Assert.Single(await _detector.AlertsAsync())["id"]!.GetValue<string>();
}
