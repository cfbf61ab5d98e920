using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

public sealed class VersionTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task It_says_which_version_runs_and_since_when()
    {
        _ = _detector.Http;
        _detector.Clock.Advance(TimeSpan.FromHours(1));

        var version = await _detector.GetAsync("/api/version");

        Assert.Matches(@"^\d+\.\d+\.\d+", (string?)version["version"]);
        Assert.Equal("2026-11-24T09:20:00Z", (string?)version["startedAt"]);
        Assert.True(version.AsObject().ContainsKey("commit"));
    }

    [Fact]
    public async Task It_says_so_to_operators_only()
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, "/api/version", key: null);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();
}
