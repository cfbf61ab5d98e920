using Microsoft.Playwright;

namespace EventHookDetector.Tests.Support;

/// <summary>The machine's own Chromium, steered by Playwright: what people see, and what their browser complains of.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string? Executable = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(folder => (string[])[Path.Combine(folder, "chromium"), Path.Combine(folder, "chromium-browser"), Path.Combine(folder, "google-chrome")])
        .FirstOrDefault(File.Exists);

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _complaints = [];

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Scripts that broke, and what the Content-Security-Policy refused.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<Chromium> StartAsync()
    {
        Assert.SkipWhen(Executable is null, "Chromium is not installed: run tests/run.sh, which says what is missing");

        // Waited for is what will happen; how slow the machine may be is nobody's business.
        Assertions.SetDefaultExpectTimeout(120_000);
        var playwright = await Playwright.CreateAsync();
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, Args = ["--no-sandbox", "--disable-dev-shm-usage"] }));
    }

    /// <summary>A browser that was never here before.</summary>
    public async Task<IPage> OpenAsync(DetectorApp detector, string path, BrowserNewPageOptions? options = null)
    {
        options ??= new();
        options.BaseURL = $"{detector.Http.BaseAddress}";
        var page = await _browser.NewPageAsync(options);
        page.SetDefaultTimeout(120_000);
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)) _complaints.Add(message.Text);
        };
        await page.GotoAsync(path);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

internal static class Screenshots
{
    /// <summary>For whoever wants to look: TEST_SCREENSHOTS names a folder. Without it nothing is kept.</summary>
    public static async Task ShootAsync(this IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("TEST_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
