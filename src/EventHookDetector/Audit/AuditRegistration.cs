namespace EventHookDetector.Audit;

internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton<AuditReader>()
        .AddSingleton<AuditSealer>()
        .AddHostedService(provider => provider.GetRequiredService<AuditSealer>());
}
