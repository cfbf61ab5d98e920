using System.ComponentModel;
using System.Diagnostics;

namespace EventHookDetector.Tests.Support;

/// <summary>A program of the machine's that may be missing or not allowed.</summary>
internal static class Tool
{
    /// <returns>Whether it did what it was asked.</returns>
    public static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
