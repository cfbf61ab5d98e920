using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

/// <summary>The real program, and what leaves it.</summary>
[Trait("Engine", "Any")]
public sealed class ExportTests : IAsyncDisposable
{
    private readonly DetectorProcess _detector = new DetectorProcess().WithSecretAndKey();

    public ExportTests() => _detector.Settings["Shutdown:Drain"] = "00:00:00";

    [Fact]
    public async Task What_has_not_happened_yet_is_shown_as_nought_so_that_its_first_time_is_a_rise()
    {
        _detector.Settings["Notifiers:secops:Type"] = "slack";
        _detector.Settings["Notifiers:secops:WebhookUrl"] = "https://hooks.slack.example/services/T000/B000/a-secret-path";
        await _detector.ListenAsync();

        var metrics = await ServedMetrics.OfAsync(_detector.Http);

        Assert.All(["204", "400", "401", "413", "415", "503"], answer => Assert.Equal(0, metrics.Find("deliveries_total", $"answer=\"{answer}\"")));
        Assert.All(["Alerted", "Capped", "NotMatched", "Fault"], outcome => Assert.Equal(0, metrics.Find("log_events_total", $"outcome=\"{outcome}\"")));
        Assert.All(["Body", "LogEvent"], kind => Assert.Equal(0, metrics.Find("quarantined_total", $"kind=\"{kind}\"")));
        Assert.All(["Sent", "Retry", "GiveUp"], result => Assert.Equal(0, metrics.Find("attempts_total", "notifier=\"secops\"", $"result=\"{result}\"")));
        Assert.Equal((0, 0, 0), (
            metrics.Find("commit_failures_total"), metrics.Find("notifier_failing", "notifier=\"secops\""), metrics.Find("notifications_total", "notifier=\"secops\"", "state=\"abandoned\"")));
    }

    [Fact]
    public async Task With_a_collector_traces_metrics_and_logs_go_there_and_a_log_line_says_of_which_trace_it_is()
    {
        await using var collector = await RecordingServer.StartAsync();
        _detector.Settings["Telemetry:OtlpEndpoint"] = collector.Url.ToString();
        _detector.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        await _detector.ListenAsync();
        using var answer = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));

        await _detector.TerminateAsync();
        Assert.Equal(0, await _detector.EndAsync());

        string All(string path) => string.Concat(collector.Requests.Where(request => request.Path == path).Select(request => Encoding.Latin1.GetString(request.Body)));
        Assert.Contains("delivery", All("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("eventhookdetector.deliveries", All("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("Alerted: user.mfa.factor.reset_all", All("/v1/logs"), StringComparison.Ordinal);
        Assert.DoesNotContain("@example.com", All("/v1/traces") + All("/v1/metrics") + All("/v1/logs"), StringComparison.Ordinal);
        var trace = TraceIdOf(Ended());
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(trace!)), All("/v1/traces"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_collector_no_log_line_names_a_trace()
    {
        await _detector.ListenAsync();
        using var answer = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        await _detector.TerminateAsync();
        await _detector.EndAsync();

        Assert.Null(TraceIdOf(Ended()));
    }

    [Fact]
    public async Task A_collector_that_is_away_holds_up_nobody()
    {
        using var collector = new ClosedPort();
        _detector.Settings["Telemetry:OtlpEndpoint"] = $"http://127.0.0.1:{collector.Number}";
        await _detector.ListenAsync();

        using var answer = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        await _detector.TerminateAsync();

        Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(0, await _detector.EndAsync());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    /// <summary>The line about the log event.</summary>
    private JsonNode Ended() => JsonNode.Parse(Assert.Single(
        _detector.Output.Split('\n'), line => line.Contains("\"Message\":\"Alerted: ", StringComparison.Ordinal)))!;

    private static string? TraceIdOf(JsonNode line) => line["TraceId"]?.GetValue<string>();
}
