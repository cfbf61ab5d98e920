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
    public async Task A_length_of_time_that_leaves_room_for_a_guess_is_refused()
    {
        var guessed = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Detection:Window"] = "10:00",
            ["Exceptions:MaximumLife"] = "24:00:00",
            ["Notifiers:x:Timeout"] = "10",
            ["Quarantine:MaxAge"] = "30",
            ["Retention:Alerts"] = "400",
            ["Storage:CommitTimeout"] = "2",
        };
        (_detector.Settings["Notifiers:x:Type"], _detector.Settings["Notifiers:x:Url"]) = ("webhook", "https://hooks.example.com/x");
        foreach (var (key, value) in guessed) _detector.Settings[key] = value;

        Assert.Equal(ConfigurationFault, await _detector.RunAsync());

        Assert.All(guessed.Keys, key => Assert.Contains(
            Faults(), fault => fault.StartsWith($"{key} must be a length of time such as 00:05:00, or 1.00:00:00 for a day", StringComparison.Ordinal)));
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

    [Theory]
    [InlineData("EventHook:Secrets:0", "s")]
    [InlineData("EventHook:Secrets:1", "fifteen-letters")]
    [InlineData("Operators:oncall:Key", "x")]
    [InlineData("Operators:second:Key", "fifteen-letters")]
    public async Task A_short_secret_is_refused_with_a_command_that_makes_a_good_one(string key, string value)
    {
        _detector.WithSecretAndKey().Settings[key] = value;

        Assert.Equal($"{key} must have at least 16 characters; openssl rand -hex 32 makes a good one", await _detector.FaultAsync());
    }

    [Theory]
    [InlineData("EventHook:Secrets:0", "development-secret-do-not-use-elsewhere")]
    [InlineData("Operators:oncall:Key", "development-operator-key-do-not-use-elsewhere")]
    public async Task A_secret_for_development_is_refused_in_production(string key, string value)
    {
        Assert.Contains(value, Repository.Read("src/EventHookDetector/appsettings.Development.json"), StringComparison.Ordinal);
        _detector.WithSecretAndKey().Settings[key] = value;

        Assert.StartsWith($"{key} must not be the secret for development", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_operators_with_one_key_are_refused()
    {
        _detector.WithSecretAndKey().Settings["Operators:second:Key"] = DetectorApp.OperatorKey;

        Assert.Equal("Operators:second:Key must differ from Operators:oncall:Key, or their acts could not be told apart", await _detector.FaultAsync());
    }

    [Theory]
    [InlineData("gr\u0430ce", "Operators:gr\u0430ce must be a name")]
    [InlineData("\u043e\u0441", "Operators:\u043e\u0441 must not look like Operators:oc")]
    public async Task An_operators_name_that_looks_like_anothers_is_refused(string name, string fault)
    {
        _detector.WithSecretAndKey().Settings["Operators:oc:Key"] = "the-key-of-another-operator";

        Assert.StartsWith(fault, await _detector.FaultAsync($"--Operators:{name}:Key", "the-key-of-a-third-operator"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Development_is_free_of_the_demands_on_secrets()
    {
        _detector.Settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        _detector.Settings["EventHook:Secrets:0"] = "s";
        _detector.Settings["Operators:developer:Key"] = "x";

        await _detector.ListenAsync();
    }

    [Theory]
    [InlineData("EventHook:Header", "Authorization\n", "EventHook:Header must be")]
    [InlineData("EventHook:Secrets:0", "a-long-shared-secret-0123456789\n", "EventHook:Secrets:0 must be")]
    [InlineData("EventHook:Secrets:0", "a-long-shared-secret-0123456789\r\n", "EventHook:Secrets:0 must be")]
    [InlineData("Operators:oncall:Key", "a-long-operators-key-0123456789\n", "Operators:oncall:Key must be")]
    [InlineData("Oidc:Audience", "api://default\n", "Oidc:Audience must not begin or end")]
    [InlineData("Detection:Rules:0", "mfa-factors-reset\n", "Detection:Rules:0 must be")]
    public async Task A_line_feed_behind_a_value_does_not_pass_unseen(string key, string value, string fault)
    {
        _detector.WithSecretAndKey().Settings[key] = value;

        Assert.StartsWith(fault, await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n\n")]
    [InlineData("\r\n")]
    [InlineData("\n \n", false)]
    public async Task Line_ends_behind_a_secret_in_a_file_are_no_part_of_it(string end, bool works = true)
    {
        var credentials = _detector.Folder.CreateSubdirectory("credentials");
        _detector.WithSecretAndKey().Settings["CREDENTIALS_DIRECTORY"] = credentials.FullName;
        await File.WriteAllTextAsync(Path.Combine(credentials.FullName, "EventHook__Secrets__0"), $"a-long-shared-secret-0123456789{end}", TestContext.Current.CancellationToken);
        if (!works)
        {
            Assert.StartsWith("EventHook:Secrets:0 must be", await _detector.FaultAsync(), StringComparison.Ordinal);
            return;
        }

        await _detector.ListenAsync();
        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()), "a-long-shared-secret-0123456789");
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
    }

    [Theory]
    [InlineData("Notifers:b:Url", "Notifers is not a section of the settings; perhaps Notifiers is meant")]
    [InlineData("Operator:me:Key", "Operator is not a section of the settings; perhaps Operators is meant")]
    [InlineData("Operators:oncall:Kye", "Operators:oncall:Kye is not a setting; perhaps Key is meant")]
    [InlineData("Oidc:Autority", "Oidc:Autority is not a setting; perhaps Authority is meant")]
    public async Task A_misspelt_key_is_named_with_the_nearest(string key, string fault)
    {
        _detector.WithSecretAndKey().Settings[key] = "a-value-of-some-length";

        Assert.StartsWith(fault, await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_of_other_programs_are_no_settings()
    {
        _detector.WithSecretAndKey().Settings["Redis:Host:Name"] = "a value";

        await _detector.ListenAsync();
    }

    [Fact]
    public async Task A_file_of_settings_that_is_no_JSON_is_named()
    {
        // The settings lie beside the program, so this is a copy of it.
        var program = _detector.Folder.CreateSubdirectory("program");
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(program.FullName, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(program.FullName, "appsettings.json"), "{ \"Storage\": ", TestContext.Current.CancellationToken);
        _detector.Program = Path.Combine(program.FullName, "EventHookDetector.dll");

        Assert.Contains("appsettings.json", await _detector.FaultAsync(), StringComparison.Ordinal);
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

    private IReadOnlyList<string> Faults() => _detector.Faults;
}
