namespace EventHookDetector.Detection.Rules;

/// <summary>Says at start which rules are in force, and which files hold none that could be used.</summary>
internal sealed partial class RuleMessages(DetectionRules rules, ILogger<RuleMessages> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var fault in rules.Faults) Log.Unusable(logger, fault.ToString());
        foreach (var (id, warning) in rules.Warnings) Log.Doubtful(logger, id, warning);
        var inForce = rules.All.Where(rule => rule.Enabled).Select(rule => rule.Id).ToArray();
        Log.InForce(logger, inForce.Length, string.Join(", ", inForce));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A rule is left out, the others are in force. {Fault}")]
        public static partial void Unusable(ILogger logger, string fault);

        [LoggerMessage(3, LogLevel.Warning, "The query of rule {Id} may not mean what it should. {Warning}")]
        public static partial void Doubtful(ILogger logger, string id, string warning);

        [LoggerMessage(2, LogLevel.Information, "Rules in force: {Count} ({Ids})")]
        public static partial void InForce(ILogger logger, int count, string ids);
    }
}
