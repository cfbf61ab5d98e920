using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventHookDetector.Tests.Dashboard;

[Trait("Engine", "Any")]
public sealed partial class PageInChromiumTests : IAsyncLifetime
{
    private readonly DetectorApp _detector = new() { OnKestrel = true, WallClock = TimeProvider.System };
    private Chromium _chromium = null!;

    public async ValueTask InitializeAsync() => _chromium = await Chromium.StartAsync();

    [Fact]
    public async Task Whoever_enters_the_key_sees_an_alert_appear()
    {
        _detector.WithNotifier("secops");
        var page = await SignInAsync();
        await Expect(page.Locator("#newest")).ToContainTextAsync("None in the last 24 hours");
        await Expect(page.Locator("#channels")).ToContainTextAsync("unused");

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));
        await Expect(page.Locator("#newest")).ToContainTextAsync("ada@example.com");
        await Expect(page.Locator("#newest")).ToContainTextAsync("eve@example.com");
        await Expect(page.Locator("#newest")).ToContainTextAsync("0 of 1 channel yet");
        await Expect(page.Locator("#news")).ToHaveTextAsync("1 alert in 24 hours, and open: ada@example.com.");
        await Expect(page.Locator("#day rect.alerted")).ToHaveCountAsync(1);
        await Expect(page.Locator("#windows rect.alerted")).ToHaveCountAsync(1);

        await _detector.DispatchNotificationsAsync();
        await Expect(page.Locator("#newest")).Not.ToContainTextAsync("of 1 channel");
        await Expect(page.Locator("#channels")).ToContainTextAsync("ok");
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task A_channel_that_fails_is_named_with_its_reason()
    {
        _detector.WithNotifier("secops").Answer = () => new NotificationResult.GiveUp("404 no_service");
        var page = await SignInAsync();

        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        await Expect(page.Locator("#news")).ToContainTextAsync("Channel secops fails.");
        await Expect(page.Locator("#channels")).ToContainTextAsync("404 no_service");
    }

    [Fact]
    public async Task What_a_log_event_says_is_shown_and_does_not_run()
    {
        const string hostile = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>";
        var page = await SignInAsync();

        await _detector.DeliverAsync(Some.FactorReset(actor: hostile, target: $"'\">{hostile}"));

        await Expect(page.Locator("#newest")).ToContainTextAsync("'\"><img src=x onerror=");
        await Expect(page.Locator("#newest img, #news img, #newest script")).ToHaveCountAsync(0);
        await Expect(page).ToHaveTitleAsync("EventHookDetector");
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task A_wrong_key_is_told_so_and_is_not_remembered()
    {
        var page = await SignInAsync("a-wrong-key");

        await Expect(page.Locator("#key-fault")).ToHaveTextAsync("This key is not known here. It is the one you use in Swagger UI.");
        await Expect(page.Locator("#key")).ToBeFocusedAsync();
        Assert.Null(await page.EvaluateAsync<string?>("sessionStorage.getItem('operatorKey')"));
    }

    [Fact]
    public async Task The_key_is_remembered_for_this_tab_only_and_can_be_forgotten()
    {
        var page = await SignInAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");

        await page.ReloadAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");
        Assert.Equal(0, await page.EvaluateAsync<int>("localStorage.length + document.cookie.length"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Forget the key" }).ClickAsync();

        await Expect(page.GetByLabel("Operator's key")).ToBeVisibleAsync();
        Assert.Null(await page.EvaluateAsync<string?>("sessionStorage.getItem('operatorKey')"));
    }

    [Fact]
    public async Task It_says_when_it_is_not_live_any_more_and_comes_back_by_itself()
    {
        var page = await SignInAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");

        await page.RouteAsync("**/api/overview/stream", route => route.FulfillAsync(new()
        {
            Status = 503,
            ContentType = "application/problem+json",
            Body = """{"detail":"The database is away."}""",
        }));
        await page.ReloadAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Not connected: The database is away. Trying again.");
        await page.UnrouteAsync("**/api/overview/stream");
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");

        await _detector.StopAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync(NotLive());
    }

    [Fact]
    public async Task It_can_be_used_with_the_keyboard_alone()
    {
        var page = await _chromium.OpenAsync(_detector, "/");
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));

        await page.GetByLabel("Operator's key").FocusAsync();
        await page.Keyboard.TypeAsync(DetectorApp.OperatorKey);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#newest")).ToContainTextAsync("ada@example.com");
        var summary = page.Locator("#day summary");
        for (var n = 0; n < 20 && !await summary.EvaluateAsync<bool>("it => it === document.activeElement"); n++) await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#day table")).ToBeVisibleAsync();
        await Expect(page.Locator("#day table tbody tr")).ToHaveCountAsync(1);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    [InlineData(ColorScheme.Light, 400)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task Nothing_on_it_shuts_anybody_out(ColorScheme colours, int width)
    {
        _detector.WithNotifier("secops").Answer = () => new NotificationResult.GiveUp("404 no_service");
        _detector.WithNotifier("mail");
        var page = await _chromium.OpenAsync(_detector, "/", new() { ColorScheme = colours, ViewportSize = new() { Width = width, Height = 900 } });
        await page.AssertIsAccessibleAsync();

        await page.EnterKeyAsync();
        await _detector.ExceptAsync(new JsonObject { ["target"] = "grace@example.com" });
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "grace@example.com"));
        await _detector.DispatchNotificationsAsync();
        await Expect(page.Locator("#news")).ToContainTextAsync("Channel secops fails.");
        await page.Locator("#day summary").ClickAsync();

        await page.AssertIsAccessibleAsync();
        await page.AssertFitsAsync();
        await page.ShootAsync($"overview-{colours}-{width}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        await _detector.DisposeAsync();
    }

    private Task<IPage> SignInAsync(string key = DetectorApp.OperatorKey) => _chromium.LookAsync(_detector, "/", key);

    [GeneratedRegex(@"^Not live since \d\d:\d\d:\d\d UTC: .*Trying again\.$", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex NotLive();
}
