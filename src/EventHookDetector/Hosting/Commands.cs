namespace EventHookDetector.Hosting;

/// <summary>What the commands of the program share, and with what it ends.</summary>
internal static class Commands
{
    /// <summary>For sysexits.h, a fault of the configuration: whoever restarts us need not try again before it is mended.</summary>
    public const int ConfigurationFault = 78;

    /// <summary>
    /// <c>--health URL</c> asks a running detector how it is and ends with 0 or 1: images without a shell have no curl.
    /// </summary>
    public static async Task<int> AskHealthAsync(string url)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.GetAsync(new Uri(url, UriKind.Absolute));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or UriFormatException or NotSupportedException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    }

    /// <summary>Says on standard error why not.</summary>
    public static async Task<int> RefuseAsync(string text, int exitCode)
    {
        await Console.Error.WriteLineAsync(text);
        return exitCode;
    }

    /// <summary>What every command needs: the settings, and nothing that listens or works.</summary>
    public static IServiceCollection CreateServices() => new ServiceCollection()
        .AddSingleton<IConfiguration>(StartUp.CreateBuilder().Configuration)
        .AddSingleton(TimeProvider.System)
        .AddLogging();

    public static int RefuseToStart(IReadOnlyList<string> faults)
    {
        Console.Error.WriteLine(
            $"""
            EventHookDetector does not start.
            {string.Join(Environment.NewLine, faults.Select(fault => $"  - {fault}"))}
            Every setting is described in deploy/README.md. In an environment variable, __ stands for the colon.
            """);
        return ConfigurationFault;
    }
}
