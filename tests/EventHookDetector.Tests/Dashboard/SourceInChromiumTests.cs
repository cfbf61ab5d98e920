using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventHookDetector.Tests.Dashboard;

/// <summary>The header of the page: a dead hook does not look like a quiet night.</summary>
public sealed partial class SourceInChromiumTests : IAsyncLifetime
{
    private readonly DetectorApp _detector = new() { OnKestrel = true };
    private Chromium _chromium = null!;

    public async ValueTask InitializeAsync() => _chromium = await Chromium.StartAsync();

    [Fact]
    public async Task A_hook_that_has_never_delivered_is_shown_in_red()
    {
        var page = await _chromium.LookAsync(_detector);

        await Expect(page.Locator("#source li.failing")).ToHaveTextAsync("No delivery from Okta is on record. Is the event hook registered and verified?");
        await Expect(page.Locator("#source li.ok")).ToHaveTextAsync(["Database: ok", "Refused (401) in the last hour: 0", "Quarantine: empty"]);
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");
    }

    [Fact]
    public async Task The_age_of_the_last_delivery_is_shown_and_grows()
    {
        await _detector.DeliverAsync(Some.Login());
        var page = await _chromium.LookAsync(_detector);
        var last = page.Locator("#source li", new() { HasText = "Last delivery from Okta" });

        await Expect(last).ToHaveTextAsync(SecondsAgo());
        await Expect(last).ToHaveClassAsync("word ok");

        _detector.Clock.Advance(TimeSpan.FromHours(3));
        await Expect(last).ToHaveTextAsync("Last delivery from Okta: 3 h 0 min ago (2026-11-24 09:20:00 UTC)");
        await Expect(last).ToHaveClassAsync("word pending");
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 400)]
    public async Task What_is_wrong_stands_in_the_header_failing_channels_first(ColorScheme colours, int width)
    {
        _detector.WithNotifier("mail");
        _detector.WithNotifier("secops").Answer = () => new NotificationResult.GiveUp("404 no_service");
        var reset = Some.FactorReset(target: "ceo@example.com");
        reset["transaction"] = new JsonObject { ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1" } };
        reset["securityContext"] = JsonNode.Parse("""{"isProxy":true,"risk":{"level":"HIGH"}}""");
        await _detector.DeliverAsync(Some.FactorReset(), reset);
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromHours(2));
        foreach (var _ in Enumerable.Range(0, 3)) await _detector.PostAsync("{}", secret: "an-old-secret");
        _detector.Storage.Execute(
            "INSERT INTO quarantine (id, kind, reason, received_at, size, sha256, content) "
            + $"SELECT '019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01', 'Body', 'r', {(TestStorage.IsPostgreSql ? "now()" : "0")}, 0, '', {(TestStorage.IsPostgreSql ? "''::bytea" : "x''")}");
        var page = await _chromium.OpenAsync(_detector, "/", new() { ColorScheme = colours, ViewportSize = new() { Width = width, Height = 900 } });
        await page.EnterKeyAsync();

        await Expect(page.Locator("#source li")).ToHaveTextAsync(
        [
            "Channel secops fails: 404 no_service",
            "Database: ok",
            "Last delivery from Okta: 2 h 0 min ago (2026-11-24 09:20:00 UTC)",
            "Refused (401) in the last hour: 3. If they were Okta’s, its secret is not one of EventHook:Secrets.",
            "Quarantine: 1 item to look at",
        ]);
        await Expect(page.Locator("#source li.failing")).ToHaveCountAsync(2);
        await Expect(page.Locator("#channels tr").First).ToContainTextAsync("secops");
        var raised = page.Locator("#newest tr", new() { HasText = "ceo@example.com" }).Locator("td").First;
        await Expect(raised).ToHaveTextAsync("critical Raised because: It was done with an API token. It came through an anonymising proxy. Okta rates its risk HIGH.");
        await Expect(page.Locator("#newest tr", new() { HasText = "ada.byron@example.com" }).Locator("td").First).ToBeEmptyAsync();
        await page.AssertIsAccessibleAsync();
        await page.AssertFitsAsync();
        await page.ShootAsync($"source-{colours}-{width}");

        await page.Locator("#newest tr", new() { HasText = "ceo@example.com" }).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator("#place-title")).ToHaveTextAsync("Critical ▲▲ Alert about ceo@example.com");
        await Expect(page.Locator("#raised")).ToContainTextAsync("Raised because: It was done with an API token.");
        await page.AssertIsAccessibleAsync();
        await page.ShootAsync($"raised-{colours}-{width}");
        Assert.Empty(_chromium.Complaints);
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        await _detector.DisposeAsync();
    }

    [GeneratedRegex(@"^Last delivery from Okta: \d+ s ago \(2026-11-24 09:20:00 UTC\)$", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex SecondsAgo();
}
