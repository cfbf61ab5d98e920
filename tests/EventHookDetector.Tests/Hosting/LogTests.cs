using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Collection(nameof(Alone))]   // It compares with the three seconds that Okta waits.
[Trait("Engine", "Any")]
public sealed class LogTests
{
    private static readonly string Repeated = Some.Uuid();

    [Fact]
    public async Task In_production_every_line_is_JSON_whatever_it_tells()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        var rules = detector.Folder.CreateSubdirectory("rules");
        await File.WriteAllTextAsync(Path.Combine(rules.FullName, "broken.toml"), "[rule]\nname = ", TestContext.Current.CancellationToken);
        detector.Settings["Detection:RulesPath"] = rules.FullName;
        await detector.ListenAsync();
        for (var n = 0; n < 25; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
            request.Headers.Add("X-Api-Key", $"guess-{n}");
            using var answer = await detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }

        await detector.TerminateAsync();
        await detector.EndAsync();

        var lines = detector.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Trim().Length > 0).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.DoesNotContain(lines, line => ((string?)line["Message"])?.Contains("{{", StringComparison.Ordinal) == true);   // a brace that nobody took away
        Assert.Single(lines, line => (string?)line["Address"] == "127.0.0.1");
        Assert.Single(lines, line => ((string?)line["Fault"])?.StartsWith("broken.toml, line 2", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Lines_are_dropped_and_counted_while_standard_output_is_not_read_and_no_delivery_waits()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        await detector.ListenAsync();
        detector.HoldOutput();

        ServedMetrics metrics;
        await using (var deliveries = new SteadyDeliveries(detector, TestContext.Current.CancellationToken))
        {
            for (var n = 0; n < 30; n++)
            {
                await FillLogAsync(detector);
                using var ready = await detector.GetAsync("/health/ready");
                Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            }

            await deliveries.StopAsync();
            deliveries.AssertAllAnsweredInTime();
            metrics = await ServedMetrics.OfAsync(detector.Http);
            Assert.Equal(deliveries.Uuids.Append(Repeated).Order(), (await detector.AlertsAsync()).Order());
        }

        Assert.InRange(metrics.Find("log_lines_dropped_total") ?? 0, 1000, double.MaxValue);

        detector.ReadOutputAgain();
        await detector.UntilOutputAsync("log lines were dropped because standard output was not read");
        await detector.TerminateAsync();
        Assert.Equal(0, await detector.EndAsync());
        var lines = detector.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
        var reported = lines.Where(line => (string?)line["Category"] == "EventHookDetector.Hosting.LogWriter").Sum(line => (double)line["Count"]!);
        Assert.InRange(reported, metrics.Find("log_lines_dropped_total")!.Value, double.MaxValue);
    }

    [Fact]
    public async Task A_stop_ends_the_process_although_standard_output_is_not_read()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        await detector.ListenAsync();
        detector.HoldOutput();
        for (var n = 0; n < 3; n++) await FillLogAsync(detector);

        await detector.TerminateAsync();

        Assert.Equal(0, await detector.EndAsync());
    }

    // Each duplicate leaves a line of more than 100 characters. The pipe holds 64 KiB.
    private static async Task FillLogAsync(DetectorProcess detector)
    {
        using var response = await detector.DeliverAsync(Some.Delivery([.. Enumerable.Range(0, 1000).Select(_ => Some.FactorReset(uuid: Repeated))]));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}
