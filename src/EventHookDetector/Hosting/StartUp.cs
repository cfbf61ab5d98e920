using System.Net.Sockets;

namespace EventHookDetector.Hosting;

/// <summary>Starts the detector, or prints one line for each fault that keeps it from starting.</summary>
internal static class StartUp
{
    private const string HowToSeeMore = "Set Logging__LogLevel__Default=Debug to log where this happens";

    /// <summary>Runs the program. A fault before the detector serves ends it with exit code 78, without a stack trace.</summary>
    public static async Task<int> RunAsync(Func<Task<int>> program)
    {
        try
        {
            return await program();
        }
        catch (StartFaultException refused)
        {
            return Commands.RefuseToStart(refused.Faults);
        }
    }

    /// <summary>Builds the detector. Whatever fails here is a fault of its settings.</summary>
    public static WebApplication Build(Func<WebApplication> build)
    {
        try
        {
            return build();
        }
        catch (Exception fault) when (fault is not (StartFaultException or HostAbortedException))
        {
            throw new StartFaultException([.. Explain(fault)], fault);
        }
    }

    /// <summary>Reads the settings that are common to the detector and its commands.</summary>
    public static WebApplicationBuilder CreateBuilder(string[]? args = null)
    {
        try
        {
            // The settings lie beside the program, wherever it is started from.
            return WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }).AddHosting();
        }
        catch (Exception fault) when (fault is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new StartFaultException([.. Explain(fault)], fault);
        }
    }

    public static void DemandGoodConfiguration(this WebApplication app)
    {
        if (app.Services.FindConfigurationFaults() is { Count: > 0 } faults) throw new StartFaultException(faults);
    }

    /// <summary>Starts, and returns with the exit code once it has been stopped.</summary>
    public static async Task<int> ServeAsync(this WebApplication app)
    {
        await using (app)
        {
            try
            {
                await app.StartAsync();
            }
            catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return 0;   // stopped before it had started
            }
            catch (Exception fault)
            {
                throw new StartFaultException([.. FaultsOf(fault, app)], fault);
            }

            app.Services.GetRequiredService<StartLog>().IsOver = true;
            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    private static IEnumerable<string> FaultsOf(Exception fault, WebApplication app) => fault switch
    {
        AggregateException several => several.InnerExceptions.SelectMany(inner => FaultsOf(inner, app)).Distinct(StringComparer.Ordinal),
        StartFaultException known => known.Faults,
        _ when ListenFaults.Explain(fault, app.Configuration) is { } listening => [listening],
        _ => Explain(fault),
    };

    private static IEnumerable<string> Explain(Exception fault) => fault switch
    {
        StartFaultException known => known.Faults,
        // The configuration's own files: the reason stands in the innermost exception.
        InvalidDataException { InnerException: { } reason } => [$"{OneLine(fault.Message)} {OneLine(reason.GetBaseException().Message)} Correct the file"],
        InvalidOperationException or FormatException or ArgumentException => [$"A setting cannot be used: {OneLine(fault.Message)} {HowToSeeMore}"],
        UnauthorizedAccessException or IOException or SocketException => [$"{OneLine(fault.Message)} Give the user of the detector access, or change the setting"],
        _ => [$"{fault.GetType().Name}: {OneLine(fault.Message)} {HowToSeeMore}"],
    };

    /// <summary>A message of a library as one line that ends in a full stop.</summary>
    public static string OneLine(string message) =>
        $"{string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')}.";
}

/// <summary>
/// Keeps stack traces out of the log while the detector starts: the framework logs each fault that <see cref="StartUp"/> prints as a sentence.
/// </summary>
internal sealed class StartLog(IConfiguration configuration)
{
    private static readonly string[] Categories = ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel", "FluentMigrator"];

    public bool IsOver { get; set; }

    public static void AddTo(WebApplicationBuilder builder)
    {
        var log = new StartLog(builder.Configuration);
        builder.Services.AddSingleton(log);
        foreach (var category in Categories) builder.Logging.AddFilter(category, log.Shows);
    }

    private bool Shows(LogLevel level) => IsVerbose || (level >= LogLevel.Warning && (IsOver || level < LogLevel.Error));

    private bool IsVerbose => configuration["Logging:LogLevel:Default"] is "Debug" or "Trace";
}
