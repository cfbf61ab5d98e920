using System.Data.Common;
using System.Text.Json;
using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Triage.Backtests;

/// <summary><c>backtest FILE</c>: what would the detector, as it is configured here, have made of an export of the System Log?</summary>
internal static class BacktestCommand
{
    private const int Unreadable = 1;
    private const int WrongUsage = 2;
    private const int Interrupted = 130;

    private const string Usage =
        """
        Usage: EventHookDetector backtest FILE [--rule ID] [--json]

          FILE        an export of Okta's System Log: a JSON array of log events, or a log event a line; - for standard input
          --rule ID   try this rule alone, be it switched on or not; without it, the rules in force
          --json      answer in JSON, as POST /api/rules/{id}/backtest does

        Ends with 0; with 1 if something could not be read, or there is no log event; with 2 if it was called otherwise than this.
        """;

    private static readonly JsonSerializerOptions Indented = new(ApiJson.Options) { WriteIndented = true };

    public static async Task<int> RunAsync(string[] words)
    {
        if (words is ["--help" or "-h"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (Read(words) is not { } asked) return await Commands.RefuseAsync(Usage, WrongUsage);
        if (asked.File != "-" && !File.Exists(asked.File)) return await Commands.RefuseAsync($"There is no file {asked.File}.", Unreadable);

        // The detector as it is configured, but that it does not listen, and so needs neither secret nor operators.
        await using var services = Commands.CreateServices().AddStorage().AddAlerts().AddNotifications().AddDetection()
            .AddValidatedOptions<BacktestsOptions, BacktestsOptions.Validator>(BacktestsOptions.Section)
            .BuildServiceProvider();
        var faults = services.FindConfigurationFaults();
        if (faults.Count > 0) return Commands.RefuseToStart(faults);

        var rules = services.GetRequiredService<DetectionRules>();
        var rule = services.GetRequiredService<RuleBook>().Find(asked.Rule ?? "");
        if (asked.Rule is not null && rule is null) return await Commands.RefuseAsync($"There is no rule of the id {asked.Rule}.\n\n{Usage}", WrongUsage);

        using var stop = new Interruption();
        try
        {
            var answer = await RunAsync(services, rule is null ? rules : rules.With(rule), asked.File, stop.Token);
            if (answer.FindFault() is { } nothing) return await Commands.RefuseAsync($"{asked.File} was read to its end. {nothing}", Unreadable);

            Console.WriteLine(asked.Json ? JsonSerializer.Serialize(answer, Indented) : BacktestText.Of(answer));
            return answer.Unreadable.Count == 0 ? 0 : Unreadable;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (BacktestRefusedException refused)
        {
            return await Commands.RefuseAsync(refused.Message, Unreadable);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DbException)
        {
            return await Commands.RefuseAsync($"{fault.Message} (What matches is written to {Path.GetTempPath()} and removed at the end.)", Unreadable);
        }
    }

    private static async Task<BacktestAnswer> RunAsync(
        ServiceProvider services, DetectionRules rules, string file, CancellationToken cancellationToken)
    {
        await using var export = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        var announced = await ReadAnnouncedAsync(services, cancellationToken);
        var progress = new BacktestProgress(Console.Error, !Console.IsErrorRedirected, export.CanSeek ? export.Length : null, TimeProvider.System);
        var backtest = new Backtest(services.GetRequiredService<IConfiguration>(), rules, announced, services.GetRequiredService<IOptions<BacktestsOptions>>().Value.MaxMatchingBytes) { Progress = progress.Show };
        try
        {
            return await backtest.RunAsync(export, cancellationToken);
        }
        finally
        {
            progress.End();
        }
    }

    // A machine on which one only tries rules has no database, and none is made.
    private static async Task<Announced> ReadAnnouncedAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            return await Announced.ReadAsync(
                services.GetRequiredService<ExceptionItems>(), services.GetRequiredService<ExpectedResets>(), cancellationToken);
        }
        catch (DbException fault)
        {
            await Console.Error.WriteLineAsync(
                $"Without exception items and expected resets, for the database of Storage:ConnectionString cannot be read ({fault.Message.TrimEnd('.')}).");
            return Announced.None;
        }
    }

    private static Asked? Read(string[] words)
    {
        var asked = new Asked(File: "", Rule: null, Json: false);
        for (var at = 0; at < words.Length; at++)
        {
            if (words[at] == "--json") asked = asked with { Json = true };
            else if (words[at] == "--rule" && asked.Rule is null && at + 1 < words.Length) asked = asked with { Rule = words[++at] };
            else if (asked.File.Length == 0 && (words[at] == "-" || !words[at].StartsWith('-'))) asked = asked with { File = words[at] };
            else return null;
        }

        return asked.File.Length > 0 ? asked : null;
    }

    private sealed record Asked(string File, string? Rule, bool Json);
}
