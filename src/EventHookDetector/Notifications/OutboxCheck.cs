using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventHookDetector.Notifications;

/// <summary>Whether somebody is emptying the outbox.</summary>
internal sealed class OutboxCheck(OutboxWorker worker) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        worker.Stuck is { Count: > 0 } stuck
            ? HealthCheckResult.Unhealthy($"Nobody has tried to send for {string.Join(", ", stuck)} for minutes; the log says why.")
            : HealthCheckResult.Healthy());
}
