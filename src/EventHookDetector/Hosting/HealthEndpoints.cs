using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventHookDetector.Hosting;

/// <summary>For load balancers and for whoever restarts containers.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags(Tags.Health);

        // Liveness ends at routing, as the hook does: no other request can hold it up.
        health.MapHead("/live", Live).ShortCircuit();
        health.MapHead("/ready", ReadyAsync);

        var live = health.MapGet("/live", Live)
            .WithName("Live")
            .WithSummary("Whether the process answers at all; if not, restart it.")
            .WithDescription("It asks neither the database nor the channels: a restart would mend neither.")
            .WithResponseExample<Liveness>(200, """{"status":"live"}""");
        live.ShortCircuit();

        health.MapGet("/ready", ReadyAsync)
            .WithName("Ready")
            .WithSummary("Whether deliveries should be sent here.")
            .WithDescription(
                "503 while the database cannot be written, while the outbox is stuck, and from SIGTERM on, for Shutdown:Drain, while "
                + "deliveries are still answered. A channel that refuses does not make it unready: that would lose deliveries too.")
            .WithResponseExample<Readiness>(200, """{"status":"ready","checks":[{"name":"database","isHealthy":true,"description":null},{"name":"outbox","isHealthy":true,"description":null},{"name":"draining","isHealthy":true,"description":null}]}""")
            .WithResponseExample<Readiness>(503, """{"status":"notReady","checks":[{"name":"database","isHealthy":false,"description":"The database cannot be written (SqliteException); the log says why."}]}""");
    }

    private static Ok<Liveness> Live(HttpContext context)
    {
        context.Response.OnStarting(Hardening.AddHeaders, context);
        return TypedResults.Ok(new Liveness("live"));
    }

    /// <summary>Load balancers and monitors ask by HEAD. It is the same answer without its body, so Swagger UI lists only GET.</summary>
    private static RouteHandlerBuilder MapHead(this IEndpointRouteBuilder health, string path, Delegate handler) =>
        health.MapMethods(path, [HttpMethods.Head], handler).ExcludeFromDescription();

    private static async Task<IResult> ReadyAsync(HealthCheckService health, CancellationToken cancellationToken)
    {
        var report = await health.CheckHealthAsync(cancellationToken);
        var isReady = report.Status == HealthStatus.Healthy;
        return TypedResults.Json(
            new Readiness(
                isReady ? "ready" : "notReady",
                [.. report.Entries.Select(entry => new ReadinessCheck(entry.Key, entry.Value.Status == HealthStatus.Healthy, entry.Value.Description))]),
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    internal sealed record Liveness(string Status);

    /// <summary>ready or notReady, and why.</summary>
    internal sealed record Readiness(string Status, IReadOnlyList<ReadinessCheck> Checks);

    internal sealed record ReadinessCheck(string Name, bool IsHealthy, string? Description);
}

/// <summary>Not ready from SIGTERM on.</summary>
internal sealed class DrainingCheck(Draining draining) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        draining.HasBegun
            ? HealthCheckResult.Unhealthy("The detector is stopping; it still answers for a moment. Send deliveries elsewhere.")
            : HealthCheckResult.Healthy());
}
