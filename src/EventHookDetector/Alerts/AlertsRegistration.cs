namespace EventHookDetector.Alerts;

internal static class AlertsRegistration
{
    public static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<AlertReader>()
        .AddSingleton<AlertLife>()
        .AddSingleton<ExpectedResets>();
}
