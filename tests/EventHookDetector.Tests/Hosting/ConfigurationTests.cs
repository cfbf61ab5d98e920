using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class ConfigurationTests : IAsyncDisposable
{
    private const int ConfigurationFault = 78;

    private readonly DetectorProcess _detector = new();

    [Fact]
    public async Task Without_a_secret_and_an_operator_it_does_not_start_and_says_what_to_set()
    {
        Assert.Equal(ConfigurationFault, await _detector.RunAsync());

        var faults = Faults();
        Assert.Equal(2, faults.Count);
        Assert.Contains(faults, fault => fault.StartsWith("EventHook:Secrets must", StringComparison.Ordinal) && fault.Contains("EventHook__Secrets__0", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Operators must", StringComparison.Ordinal) && fault.Contains("Operators__oncall__Key", StringComparison.Ordinal));
        Assert.Contains("deploy/README.md", _detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_and_no_value_with_it()
    {
        const string Value = "s3cr3t-looking-value";
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["EventHook:Header"] = $"{Value} with a blank",
            ["EventHook:Secrets:0"] = $" {Value} ",
            ["EventHook:MaxBodyBytes"] = Value,
            ["Operators:oncall:Key"] = $"{Value} {Value}",
            ["Operators:oncall:Role"] = Value,
            ["Detection:Window"] = Value,
            ["Detection:MaxAlerts"] = "0",
            ["Detection:MaxAlert"] = Value,
            ["Storage:Provider"] = Value,
            ["Storage:CommitTimeout"] = "01:00:00",
            ["Quarantine:MaxItems"] = Value,
            ["Retention:Alerts"] = "9.23:59:59",
            ["Notifiers:x:Type"] = Value,
            ["PublicUrl"] = Value,
            ["Telemetry:OtlpEndpoint"] = Value,
            ["Shutdown:Drain"] = "1.00:00:00",
        };
        _detector.Settings.Remove("Storage:ConnectionString");
        foreach (var (key, value) in wrong) _detector.Settings[key] = value;

        Assert.Equal(ConfigurationFault, await _detector.RunAsync());

        var faults = Faults();
        Assert.All(wrong.Keys, key => Assert.Contains(faults, fault => fault.StartsWith($"{key} ", StringComparison.Ordinal)));
        Assert.Equal(wrong.Count, faults.Count);
        Assert.DoesNotContain(Value, _detector.Errors + _detector.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_operator_is_called_like_the_detector_itself()
    {
        Assert.Equal(ConfigurationFault, await _detector.RunAsync("--Operators:The Detector:Key", "a-key"));

        Assert.Contains(Faults(), fault => fault.StartsWith("Operators:The Detector must be a name", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("EventHook:Secrets", "a-secret-without-a-number", "EventHook:Secrets must be a list")]
    [InlineData("Operators:oncall", "a-key-without-its-name", "Operators:oncall:Key must be a key")]
    [InlineData("Detection:Window", "", "Detection:Window must be a length of time")]
    [InlineData("Retention:Alerts", "9.23:59:59", "Retention:Alerts must lie between 10.00:00:00 and 3650.00:00:00")]
    [InlineData("Retention:Alerts", "4000.00:00:00", "Retention:Alerts must lie between 10.00:00:00 and 3650.00:00:00")]
    [InlineData("Detection:MaxAlerts", "1.5", "Detection:MaxAlerts must be a whole number")]
    public async Task A_slip_of_the_pen_is_named_with_its_cure(string key, string value, string cure)
    {
        _detector.WithSecretAndKey();
        foreach (var other in _detector.Settings.Keys.Where(other => other.StartsWith(key, StringComparison.Ordinal)).ToArray()) _detector.Settings.Remove(other);
        _detector.Settings[key] = value;

        Assert.Equal(ConfigurationFault, await _detector.RunAsync());

        Assert.StartsWith(cure, Assert.Single(Faults()), StringComparison.Ordinal);
        if (value.Length > 3) Assert.DoesNotContain(value, _detector.Errors + _detector.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_can_come_as_files_named_like_their_keys()
    {
        var credentials = _detector.Folder.CreateSubdirectory("credentials");
        await WriteAsync("EventHook__Secrets__0", "a-secret-from-a-file\n");
        await WriteAsync("Operators__oncall__Key", "a-key-from-a-file");
        _detector.Settings["CREDENTIALS_DIRECTORY"] = credentials.FullName;

        await _detector.ListenAsync();

        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()), "a-secret-from-a-file");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
        request.Headers.Add("X-Api-Key", "a-key-from-a-file");
        using var asked = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.OK), (delivered.StatusCode, asked.StatusCode));

        Task WriteAsync(string name, string content) =>
            File.WriteAllTextAsync(Path.Combine(credentials.FullName, name), content, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private IReadOnlyList<string> Faults() =>
        [.. _detector.Errors.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..])];
}
