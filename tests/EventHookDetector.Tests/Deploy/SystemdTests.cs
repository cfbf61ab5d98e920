using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
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

    private static bool IsRatedAtMost(int tenths) => Tool.TryRun(
        "systemd-analyze", "security", "--offline=true", $"--threshold={tenths.ToString(CultureInfo.InvariantCulture)}", Repository.PathOf(Unit));

    private static void DemandSystemd() => Assert.SkipUnless(Tool.TryRun("systemd-analyze", "--version"), "systemd-analyze is missing: run tests/run.sh, which installs it");

    [GeneratedRegex(@"systemd-analyze security eventhookdetector` rates it (?<rating>\d\.\d)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Rating { get; }

    [GeneratedRegex("^ExecStart=.*$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex ExecStart { get; }
}
