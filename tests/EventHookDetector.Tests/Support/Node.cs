using System.Diagnostics;
using System.Reflection;

namespace EventHookDetector.Tests.Support;

/// <summary>Starts the scripts beside it: far ends that others wrote, so that we do not only agree with ourselves.</summary>
internal static class Node
{
    private static readonly string Folder = typeof(Node).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "NodeFolder").Value!;

    private static readonly Lazy<bool> IsInstalled = new(() =>
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true, UseShellExecute = false })!;
            node.WaitForExit();
            return node.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    /// <param name="script">Its path from the folder of the scripts.</param>
    /// <param name="folder">Where it works; by default beside the scripts.</param>
    public static Process Start(string script, string? folder = null, params string[] arguments)
    {
        Assert.SkipUnless(IsInstalled.Value, "node is not installed: run tests/run.sh, which says what is missing");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Folder, "node_modules")), "the npm packages of the tests are missing: run tests/run.sh, which installs them");

        return Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? Folder,
        })!;
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>Whether it found nothing wrong, and what it wrote.</returns>
    public static async Task<(bool Succeeded, string Output)> RunAsync(string script, params string[] arguments)
    {
        using var process = Start(script, folder: null, arguments);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode == 0, output);
    }
}
