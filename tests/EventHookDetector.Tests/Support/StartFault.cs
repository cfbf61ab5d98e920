namespace EventHookDetector.Tests.Support;

/// <summary>How every fault at start looks to an operator.</summary>
internal static class StartFault
{
    public const int ExitCode = 78;

    /// <summary>Runs the detector, which must end with one line that says all of it, and with nothing that looks like a stack trace.</summary>
    public static async Task<string> FaultAsync(this DetectorProcess detector, params string[] arguments)
    {
        var exitCode = await detector.RunAsync(arguments);

        Assert.True(exitCode == ExitCode, $"It ended with {exitCode}: {detector.Errors} {detector.Output}");
        Assert.DoesNotContain("   at ", detector.Errors + detector.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", detector.Errors, StringComparison.Ordinal);
        return Assert.Single(detector.Faults);
    }
}
