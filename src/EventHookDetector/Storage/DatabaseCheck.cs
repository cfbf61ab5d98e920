using FluentMigrator;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventHookDetector.Storage;

/// <summary>
/// Whether the database can be written, found out by writing: a full disk can still be read. Whoever asks within a second
/// of another gets that one's answer, so that a stranger who asks without end costs one commit a second.
/// </summary>
internal sealed class DatabaseCheck(SharedCommit commit, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<HealthCheckResult>? _latest;
    private DateTimeOffset _latestAt;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_latest is null || (now - _latestAt).Duration() >= Lifetime)
            {
                _latest = WriteAsync();
                _latestAt = now;
            }

            return _latest;
        }
    }

    private async Task<HealthCheckResult> WriteAsync()
    {
        try
        {
            await commit.RunForDeliveryAsync(
                transaction => transaction.ExecuteAsync("UPDATE storage_check SET written_at = @Now", transaction.Now),
                CancellationToken.None);
            return HealthCheckResult.Healthy();
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy("The database does not take a write in time.");
        }
        catch (Exception fault)
        {
            // Readiness is open to strangers, so it names neither host nor file.
            if (PostgreSqlFaults.IsLostSession(fault)) return HealthCheckResult.Unhealthy($"The server is read-only, or stands behind {PostgreSqlFaults.Pooler}.");

            return HealthCheckResult.Unhealthy($"The database cannot be written ({fault.GetType().Name}); the log says why.");
        }
    }
}

[Migration(202611240006, "The row that readiness writes")]
public sealed class CreateStorageCheck : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE storage_check (written_at {time} NULL);
        INSERT INTO storage_check (written_at) VALUES (NULL)
        """;
}
