using System.Net;
using EventHookDetector.Hosting;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Tests.Hosting;

public sealed class ShutdownTests
{
    [Fact]
    public async Task Told_to_stop_it_sends_deliveries_elsewhere_takes_those_that_come_and_ends_in_peace()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        detector.Settings["Shutdown:Drain"] = "00:00:10";
        await detector.ListenAsync();
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(detector));

        await detector.TerminateAsync();
        while (await ReadinessAsync(detector) == HttpStatusCode.OK) await Task.Yield();

        using var ready = await detector.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("The detector is stopping", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var delivered = await detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
        Assert.Equal(0, await detector.EndAsync());
    }

    [Fact]
    public async Task The_drain_does_not_use_up_the_time_for_what_is_under_way()
    {
        await using var detector = new DetectorApp();
        detector.Settings["Shutdown:Drain"] = "00:01:00";

        var host = detector.Services.GetRequiredService<IOptions<HostOptions>>().Value;
        detector.Services.GetRequiredService<IOptions<ShutdownOptions>>().Value.Drain = TimeSpan.Zero;   // for the end of this test

        Assert.Equal(TimeSpan.FromSeconds(90), host.ShutdownTimeout);
    }

    [Fact]
    public async Task Asked_how_a_detector_is_it_ends_with_zero_if_it_is_well_and_with_one_if_it_is_not()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        var url = await detector.ListenAsync();

        Assert.Equal(0, await AskAsync($"{url}health/ready"));
        Assert.Equal(1, await AskAsync($"{url}health/nonsense"));
        await detector.TerminateAsync();
        Assert.Equal(0, await detector.EndAsync());
        Assert.Equal(1, await AskAsync($"{url}health/ready"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("ftp://127.0.0.1/health")]
    public async Task Asked_of_an_address_that_is_none_it_ends_with_one(string url) => Assert.Equal(1, await AskAsync(url));

    private static async Task<int> AskAsync(string url)
    {
        await using var asking = new DetectorProcess();
        return await asking.RunAsync("--health", url);
    }

    private static async Task<HttpStatusCode> ReadinessAsync(DetectorProcess detector)
    {
        using var response = await detector.GetAsync("/health/ready");
        return response.StatusCode;
    }
}
