namespace EventHookDetector.Hosting;

/// <summary>Which build runs here, and since when.</summary>
internal static class VersionEndpoints
{
    public static void MapVersion(this IEndpointRouteBuilder app)
    {
        var version = new RunningVersion(ProgramVersion.Number, ProgramVersion.Commit, app.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow());
        app.MapGet("/api/version", () => TypedResults.Ok(version))
            .WithTags(Tags.Health)
            .RequireOperator()
            .WithName("GetVersion")
            .WithSummary("Shows the version of this replica, the commit it was built from, and when it started.")
            .WithDescription("commit is null if the build did not know it. Behind a load balancer, each answer is that of one replica.")
            .WithResponseExample<RunningVersion>(200, """{"version":"1.0.0","commit":"4f2c9d1e8b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e","startedAt":"2026-11-24T09:15:00Z"}""")
            .ProducesProblems(401);
    }

    /// <summary>Version and start of this process.</summary>
    /// <param name="Version">The version.</param>
    /// <param name="Commit">The commit it was built from; null if the build did not know it.</param>
    /// <param name="StartedAt">When this process started.</param>
    internal sealed record RunningVersion(string Version, string? Commit, DateTimeOffset StartedAt);
}
