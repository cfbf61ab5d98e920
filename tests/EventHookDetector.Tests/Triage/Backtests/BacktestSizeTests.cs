using System.Net;
using System.Text;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage.Backtests;

public sealed class BacktestSizeTests : IAsyncDisposable
{
    private const string Path = "/api/rules/729aa18d-06a6-41c7-b175-b65b739b1181/backtest";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task An_export_with_more_matching_bytes_than_allowed_is_refused_with_the_cure_and_leaves_nothing_behind()
    {
        _detector.Settings["Backtests:MaxMatchingBytes"] = "65536";
        var before = Folders();

        using var refused = await PostAsync(Some.FactorReset, 200);
        using var tried = await PostAsync(Some.FactorReset, 20);
        using var unwanted = await PostAsync((_, _, _) => Some.Login(), 500);

        var detail = await ProblemAssert.IsProblemAsync(HttpStatusCode.RequestEntityTooLarge, refused);
        Assert.Contains("Backtests:MaxMatchingBytes", detail, StringComparison.Ordinal);
        Assert.Contains("65536", detail, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, tried.StatusCode);
        Assert.Equal(HttpStatusCode.OK, unwanted.StatusCode);
        Assert.Empty(Folders().Except(before));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    // Other tests may run backtests of their own at the same time, so only what appears and stays counts.
    private static string[] Folders() => Directory.GetDirectories(System.IO.Path.GetTempPath(), "backtest-*");

    private async Task<HttpResponseMessage> PostAsync(Func<string, string, string?, System.Text.Json.Nodes.JsonObject> logEvent, int count)
    {
        var export = string.Join('\n', Enumerable.Range(0, count).Select(n => logEvent("eve@example.com", $"target{n}@example.com", null).ToJsonString()));
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(export, Encoding.UTF8, "application/x-ndjson") };
        request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
        return await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
