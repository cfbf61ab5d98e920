using System.Text.Json.Nodes;
using Deque.AxeCore.Playwright;
using EventHookDetector.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventHookDetector.Tests.Hosting;

/// <summary>A night on call, in the browser that people have.</summary>
[Trait("Engine", "Any")]
public sealed class SwaggerInChromiumTests : IAsyncLifetime
{
    /// <summary>
    /// What is Swagger UI's own, and cannot be mended from outside: the heading of an operation is a button that holds another one for copying
    /// its path (nested-interactive). Both are reached by the keyboard, and both have a name.
    /// </summary>
    private static readonly string[] OfSwaggerUi = ["nested-interactive"];

    private readonly DetectorApp _detector = new() { OnKestrel = true, WallClock = TimeProvider.System };
    private Chromium _chromium = null!;

    public async ValueTask InitializeAsync() => _chromium = await Chromium.StartAsync();

    [Fact]
    public async Task After_one_Authorize_a_delivery_is_sent_its_alert_found_and_acknowledged_and_an_exception_item_previewed()
    {
        var page = await _chromium.OpenAsync(_detector, "/swagger");
        await AuthorizeAsync(page);

        Assert.Equal("204", (await TryAsync(page, "Event_hook", "ReceiveDelivery")).StatusCode);

        var found = await TryAsync(page, "Alerts", "ListAlerts", ("status", "open"));
        Assert.Equal("200", found.StatusCode);
        var alert = Assert.Single(found.Body["items"]!.AsArray())!;

        var acknowledged = await TryAsync(page, "Alerts", "AcknowledgeAlert", ("id", alert["id"]!.GetValue<string>()));
        Assert.Equal(("200", "acknowledged"), (acknowledged.StatusCode, acknowledged.Body["status"]!.GetValue<string>()));

        var actor = alert["actor"]!["alternateId"]!.GetValue<string>();
        var previewed = await TryAsync(page, "Exception_items", "PreviewExceptionItem", ("body", $$"""{"condition":{"actor":"{{actor}}"},"days":90}"""));
        Assert.Equal(("200", 1), (previewed.StatusCode, previewed.Body["covered"]!.GetValue<int>()));
        Assert.Empty(_chromium.Complaints);
        await page.ShootAsync("swagger-used");
    }

    [Fact]
    public async Task Whoever_made_an_exception_finds_out_why_the_next_reset_woke_nobody()
    {
        var page = await _chromium.OpenAsync(_detector, "/swagger");
        await AuthorizeAsync(page);
        await TryAsync(page, "Event_hook", "ReceiveDelivery");
        var alert = Assert.Single((await TryAsync(page, "Alerts", "ListAlerts")).Body["items"]!.AsArray())!;

        var closed = await TryAsync(page, "Alerts", "CloseAlert", ("id", alert["id"]!.GetValue<string>()), ("body", """{"verdict":"falsePositive"}"""));
        Assert.Equal("200", closed.StatusCode);
        var added = await TryAsync(page, "Exception_items", "AddExceptionItem", ("body", closed.Body["exceptionItemDraft"]!.ToJsonString()));
        Assert.Equal("201", added.StatusCode);

        await page.ReloadAsync();   // for the example of another reset; Authorize is remembered
        Assert.Equal("204", (await TryAsync(page, "Event_hook", "ReceiveDelivery")).StatusCode);
        Assert.Single((await TryAsync(page, "Alerts", "ListAlerts", ("outcome", "alerted"))).Body["items"]!.AsArray());
        var uuid = JsonNode.Parse(await page.Locator("#operations-Event_hook-ReceiveDelivery textarea.body-param__text").InputValueAsync())!["data"]!["events"]![0]!["uuid"]!;
        var explained = (await TryAsync(page, "Explain", "ExplainLogEvent", ("uuid", uuid.GetValue<string>()))).Body;

        Assert.Equal("excepted", explained["outcome"]!.GetValue<string>());
        Assert.Contains(added.Body["reason"]!.GetValue<string>(), explained["because"]!.GetValue<string>(), StringComparison.Ordinal);
        await page.ShootAsync("swagger-explained");
    }

    [Fact]
    public async Task People_sign_in_at_their_provider()
    {
        await using var issuer = await OidcIssuer.StartAsync();
        issuer.Configure(_detector);
        _detector.Settings["Oidc:ClientId"] = "the-client";
        var page = await _chromium.OpenAsync(_detector, "/swagger");

        await page.GetByRole(AriaRole.Button, new() { Name = "Authorize" }).First.ClickAsync();
        var dialog = page.Locator(".dialog-ux");
        var provider = dialog.Locator(".auth-container", new() { HasText = "authorization_code" });
        foreach (var scope in await provider.Locator("input[type=checkbox]").AllAsync()) await scope.CheckAsync(new() { Force = true });
        await provider.Locator("button.authorize").ClickAsync();
        await Expect(dialog.GetByText("Logout")).ToBeVisibleAsync();
        await page.ShootAsync("swagger-signed-in");
        await dialog.Locator(".close-modal").ClickAsync();

        Assert.Equal("200", (await TryAsync(page, "Alerts", "ListAlerts")).StatusCode);
        Assert.Empty(_chromium.Complaints);
    }

    [Fact]
    public async Task Without_Authorize_the_answer_says_what_to_do()
    {
        var page = await _chromium.OpenAsync(_detector, "/swagger");

        var refused = await TryAsync(page, "Alerts", "ListAlerts");

        Assert.Equal("401", refused.StatusCode);
        Assert.Contains("in Swagger UI, use Authorize", refused.Body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_landing_text_leads_to_the_groups_and_to_the_page()
    {
        var page = await _chromium.OpenAsync(_detector, "/swagger");
        var links = page.Locator(".info .description a");
        await Expect(page.Locator(".opblock-tag")).ToHaveCountAsync(EventHookDetector.Hosting.Tags.InOrder.Length);
        await page.ShootAsync("swagger");

        foreach (var href in await links.EvaluateAllAsync<string[]>("all => all.map(link => link.getAttribute('href'))"))
        {
            if (!href.StartsWith("#/", StringComparison.Ordinal)) continue;

            await Expect(page.Locator($".opblock-tag[data-tag='{Uri.UnescapeDataString(href[2..])}']")).ToHaveCountAsync(1);
        }

        await links.Filter(new() { HasText = "Quarantine" }).ClickAsync();
        await Expect(page.Locator(".opblock-tag[data-tag=Quarantine] button")).ToBeFocusedAsync();
        await links.Filter(new() { HasText = "the page at /" }).ClickAsync();
        await Expect(page.GetByLabel("Operator's key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task It_can_be_used_with_the_keyboard_alone()
    {
        var page = await _chromium.OpenAsync(_detector, "/swagger");
        await page.Locator(".btn.authorize").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".auth-container").Filter(new() { HasText = "X-Api-Key" }).Locator("input").FocusAsync();
        await page.Keyboard.TypeAsync(DetectorApp.OperatorKey);
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".modal-ux .btn-done").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        var operation = page.Locator("#operations-Alerts-ListAlerts");
        await operation.Locator(".opblock-summary-control").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        foreach (var button in (string[])[".try-out__btn", ".execute"])
        {
            await operation.Locator(button).FocusAsync();
            await page.Keyboard.PressAsync("Enter");
        }

        await Expect(operation.Locator(".live-responses-table .response-col_status").Last).ToContainTextAsync("200");
    }

    [Fact]
    public async Task Nothing_of_ours_in_it_shuts_anybody_out()
    {
        var page = await _chromium.OpenAsync(_detector, "/swagger");
        await AuthorizeAsync(page);
        await TryAsync(page, "Alerts", "ListAlerts");

        var found = await page.RunAxe();

        Assert.Empty(found.Violations
            .Where(violation => violation.Impact is "serious" or "critical" && !OfSwaggerUi.Contains(violation.Id))
            .Select(violation => $"{violation.Impact}: {violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Take(3).Select(node => node.Html))}"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        await _detector.DisposeAsync();
    }

    private static async Task AuthorizeAsync(IPage page)
    {
        await page.Locator(".btn.authorize").ClickAsync();
        foreach (var (header, secret) in ((string, string)[])[("X-Api-Key", DetectorApp.OperatorKey), ("Authorization", DetectorApp.Secret)])
        {
            var scheme = page.Locator(".auth-container").Filter(new() { HasText = header });
            await scheme.Locator("input").FillAsync(secret);
            await scheme.Locator("button[type=submit]").ClickAsync();
        }

        await page.Locator(".modal-ux .btn-done").First.ClickAsync();
    }

    /// <summary>Opens an operation, presses Try it out, fills in, executes, and reads what is shown.</summary>
    private static async Task<(string StatusCode, JsonNode Body)> TryAsync(IPage page, string tag, string operationId, params (string Name, string Value)[] filledIn)
    {
        var operation = page.Locator($"#operations-{tag}-{operationId}");
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.Locator(".try-out__btn").ClickAsync();
        foreach (var (name, value) in filledIn)
        {
            var parameter = operation.Locator($"tr[data-param-name='{name}']");
            if (name == "body") await operation.Locator("textarea.body-param__text").FillAsync(value);
            else if (await parameter.Locator("select").CountAsync() > 0) await parameter.Locator("select").SelectOptionAsync(value);
            else await parameter.Locator("input").FillAsync(value);
        }

        var answered = page.WaitForResponseAsync(response => response.Request.Method != "OPTIONS" && !response.Url.Contains("/swagger", StringComparison.Ordinal));
        await operation.Locator(".execute").ClickAsync();
        var response = await answered;
        var shown = operation.Locator(".live-responses-table .response-col_status").Last;
        await Expect(shown).ToContainTextAsync($"{response.Status}");
        var body = response.Status == 204 ? "{}" : await response.TextAsync();
        return ((await shown.InnerTextAsync())[..3], JsonNode.Parse(body)!);
    }
}
