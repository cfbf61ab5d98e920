using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using EventHookDetector.Tests.Hosting;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

/// <summary>The unit, as systemd itself reads it without running it.</summary>
public sealed partial class SystemdTests
{
    private const string Unit = "deploy/systemd/eventhookdetector.service";

    [Fact]
    public void The_unit_is_as_closed_as_the_README_says()
    {
        DemandSystemd();
        var stated = Rating.Match(Repository.Read("deploy/README.md")).Groups["rating"].Value;
        var tenths = (int)(decimal.Parse(stated, CultureInfo.InvariantCulture) * 10);

        Assert.True(IsRatedAtMost(tenths), $"systemd-analyze security rates {Unit} worse than {stated}");
        Assert.False(IsRatedAtMost(tenths - 1), $"systemd-analyze security rates {Unit} better than {stated}: say so in deploy/README.md");
    }

    [Fact]
    public void Systemd_finds_no_fault_in_the_unit()
    {
        DemandSystemd();
        var folder = Directory.CreateTempSubdirectory("unit-");
        try
        {
            // Whether .NET is installed where the unit looks for it is not the question here.
            var copy = Path.Combine(folder.FullName, Path.GetFileName(Unit));
            File.WriteAllText(copy, ExecStart.Replace(Repository.Read(Unit), "ExecStart=/bin/true"));

            // What it does not know it only warns of.
            using var verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", copy]) { RedirectStandardError = true, UseShellExecute = false })!;
            Assert.Equal("", verify.StandardError.ReadToEnd());
            verify.WaitForExit();
            Assert.Equal(0, verify.ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Everything_that_the_unit_hands_over_is_a_setting()
    {
        var known = SettingsTableTests.Settings.Select(row => row.Data.Item1).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(Credentials);
        Assert.All([.. Credentials, .. Environment.Keys.Where(name => name.Contains("__", StringComparison.Ordinal))], name =>
            Assert.Contains(DeployedSettings.AsInTheTable(name.Replace("__", ":", StringComparison.Ordinal)), known));
    }

    [Fact]
    public async Task The_line_for_the_credential_of_a_database_wins_over_the_file_that_the_unit_names()
    {
        Assert.Contains("Storage__ConnectionString", Credentials);
        await using var detector = new DetectorProcess().WithSecretAndKey();
        var credentials = detector.Folder.CreateSubdirectory("credentials");
        await File.WriteAllTextAsync(Path.Combine(credentials.FullName, "Storage__ConnectionString"), $"{detector.Settings["Storage:ConnectionString"]}\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(credentials.FullName, "ignore.postgres-ca.pem"), "a certificate", TestContext.Current.CancellationToken);
        detector.Settings["CREDENTIALS_DIRECTORY"] = credentials.FullName;
        detector.Settings["Storage:ConnectionString"] = Environment["Storage__ConnectionString"];

        await detector.ListenAsync();

        using var delivered = await detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
    }

    [Fact]
    [Trait("Engine", "PostgreSql")]
    public async Task Without_that_line_PostgreSQL_alone_is_refused_with_the_key_to_set()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        detector.Settings["Storage:ConnectionString"] = Environment["Storage__ConnectionString"];

        Assert.Equal(78, await detector.RunAsync());
        Assert.Contains("Storage:ConnectionString must be", detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_unit_names_as_its_documentation_is_put_there()
    {
        var copied = Copy.Match(Repository.Read("deploy/README.md")).Groups["file"].Captures.Select(file => $"file:///opt/eventhookdetector/{file.Value}");

        Assert.Equal(copied.Order(StringComparer.Ordinal), Documentation.Match(Repository.Read(Unit)).Groups["url"].Captures.Select(url => url.Value).Order(StringComparer.Ordinal));
    }

    private static IReadOnlyList<string> Credentials => [.. Credential.Matches(Repository.Read(Unit)).Select(match => match.Groups["key"].Value)];

    private static Dictionary<string, string> Environment => Variable.Matches(Repository.Read(Unit))
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value, StringComparer.Ordinal);

    private static bool IsRatedAtMost(int tenths) => Tool.TryRun(
        "systemd-analyze", "security", "--offline=true", $"--threshold={tenths.ToString(CultureInfo.InvariantCulture)}", Repository.PathOf(Unit));

    private static void DemandSystemd() => Assert.SkipUnless(Tool.TryRun("systemd-analyze", "--version"), "systemd-analyze is missing: run tests/run.sh, which installs it");

    [GeneratedRegex(@"systemd-analyze security eventhookdetector` rates it (?<rating>\d\.\d)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Rating { get; }

    [GeneratedRegex("^#?LoadCredential=(?<key>[^:]+):/etc/eventhookdetector/secrets/", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Credential { get; }

    [GeneratedRegex("^Environment=\"?(?<name>\\w+)=(?<value>[^\"\n]*)", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Variable { get; }

    [GeneratedRegex("^cp( deploy/(?<file>[a-zA-Z.]+))+ /opt/eventhookdetector/$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Copy { get; }

    [GeneratedRegex("^Documentation=((?<url>[^ \n]+) ?)+$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Documentation { get; }

    [GeneratedRegex("^ExecStart=.*$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex ExecStart { get; }
}
