using EventHookDetector.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventHookDetector.Tests.Dashboard;

/// <summary>Without a key: at the provider that is configured, and back to the page.</summary>
[Trait("Engine", "Any")]
public sealed class SignInInChromiumTests : IAsyncLifetime
{
    private readonly DetectorApp _detector = new() { OnKestrel = true, WallClock = TimeProvider.System };
    private Chromium _chromium = null!;
    private OidcIssuer _issuer = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await OidcIssuer.StartAsync();
        _issuer.Configure(_detector);
        _detector.Settings["Oidc:ClientId"] = "the-client";
        _chromium = await Chromium.StartAsync();
    }

    [Fact]
    public async Task Whoever_follows_a_link_signs_in_and_sees_its_alert()
    {
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        var id = Assert.Single(await _detector.AlertsAsync())["id"];
        var page = await _chromium.OpenAsync(_detector, $"/#alert={id}");
        await page.AssertIsAccessibleAsync();

        await SignIn(page).ClickAsync();

        await Expect(page.Locator("#place-title")).ToHaveTextAsync("Alert about ada@example.com");
        Assert.EndsWith($"/#alert={id}", page.Url, StringComparison.Ordinal);   // no code is left in the address
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");
        var asked = Assert.Single(_issuer.Server.Requests, request => request.Path.StartsWith("/authorize", StringComparison.Ordinal)).Path;
        Assert.Contains("code_challenge_method=S256", asked, StringComparison.Ordinal);
        Assert.Contains($"redirect_uri={Uri.EscapeDataString($"{_detector.Http.BaseAddress}")}", asked, StringComparison.Ordinal);
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task The_token_is_kept_for_this_tab_until_one_signs_out()
    {
        var page = await _chromium.OpenAsync(_detector, "/");
        await SignIn(page).ClickAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");
        await page.ReloadAsync();
        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");
        Assert.Equal(0, await page.EvaluateAsync<int>("localStorage.length + document.cookie.length"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Expect(SignIn(page)).ToBeVisibleAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("sessionStorage.length"));
    }

    [Theory]
    [InlineData("code=the-code&state=of-somebody-else", "This sign-in was not begun on this page. Try again.")]
    [InlineData("error=access_denied&state=of-somebody-else", "This sign-in was not begun on this page. Try again.")]
    public async Task A_code_that_was_not_asked_for_is_not_used(string answer, string fault)
    {
        var page = await _chromium.OpenAsync(_detector, $"/?{answer}");

        await Expect(page.Locator("#key-fault")).ToHaveTextAsync(fault);
        Assert.DoesNotContain("code=", page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain(_issuer.Server.Requests, request => request.Path == "/token");
    }

    [Fact]
    public async Task When_the_provider_refuses_its_reason_is_shown()
    {
        var page = await _chromium.OpenAsync(_detector, "/");
        await page.RouteAsync("**/authorize?*", route =>
        {
            var asked = System.Web.HttpUtility.ParseQueryString(new Uri(route.Request.Url).Query);
            return route.FulfillAsync(new()
            {
                Status = 302,
                Headers = [new("Location", $"{asked["redirect_uri"]}?error=access_denied&error_description=Not%20assigned&state={Uri.EscapeDataString(asked["state"]!)}")],
            });
        });

        await SignIn(page).ClickAsync();

        await Expect(page.Locator("#key-fault")).ToHaveTextAsync("The provider refused: Not assigned");
        await Expect(page.Locator("#key")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_provider_that_is_away_leaves_the_key()
    {
        var page = await _chromium.OpenAsync(_detector, "/");
        await page.RouteAsync("**/.well-known/*", route => route.AbortAsync());

        await SignIn(page).ClickAsync();
        await Expect(page.Locator("#key-fault")).ToContainTextAsync("The provider does not answer");
        await page.EnterKeyAsync();

        await Expect(page.Locator("#connection")).ToHaveTextAsync("Live.");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Forget the key" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Whoever_has_no_role_here_is_told_so()
    {
        _detector.Settings["Oidc:ResponderRole"] = "another";
        var page = await _chromium.OpenAsync(_detector, "/");

        await SignIn(page).ClickAsync();

        await Expect(page.Locator("#key-fault")).ToContainTextAsync("The token's claim groups must hold");
    }

    [Fact]
    public async Task Without_a_provider_nothing_of_it_is_offered()
    {
        _detector.Settings.Remove("Oidc:Authority");
        _detector.Settings.Remove("Oidc:Audience");
        _detector.Settings.Remove("Oidc:ClientId");
        var told = await _detector.GetAsync("/overview-sign-in.json");
        var page = await _chromium.OpenAsync(_detector, "/");

        Assert.Equal("""{"authority":null,"clientId":null}""", told.ToJsonString());
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await Expect(page.Locator("#provider")).ToBeHiddenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        await _detector.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    private ILocator SignIn(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = $"Sign in at {new Uri(_issuer.Url).Authority}" });
}
