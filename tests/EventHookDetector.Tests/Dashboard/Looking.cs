using Deque.AxeCore.Playwright;
using EventHookDetector.Tests.Support;
using Microsoft.Playwright;

namespace EventHookDetector.Tests.Dashboard;

/// <summary>What whoever looks at the page does first, and what holds wherever they are in it.</summary>
internal static class Looking
{
    public static async Task<IPage> LookAsync(
        this Chromium chromium, DetectorApp detector, string path = "/", string key = DetectorApp.OperatorKey, BrowserNewPageOptions? options = null)
    {
        var page = await chromium.OpenAsync(detector, path, options);
        await page.EnterKeyAsync(key);
        return page;
    }

    public static async Task EnterKeyAsync(this IPage page, string key = DetectorApp.OperatorKey)
    {
        await page.GetByLabel("Operator's key").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
    }

    public static async Task AssertIsAccessibleAsync(this IPage page)
    {
        var found = await page.RunAxe();
        Assert.Equal("", string.Join(Environment.NewLine, found.Violations.Select(violation => $"{violation.Impact}: {violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Select(node => node.Html))}")));
    }

    /// <summary>On no screen is anything cut off, so that one would have to move it sideways.</summary>
    public static async Task AssertFitsAsync(this IPage page) =>
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
}
