using EventHookDetector.Hosting;

namespace EventHookDetector.Alerts;

internal static class AlertsRegistration
{
    public static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddValidatedOptions<AlertsOptions, AlertsOptions.Validator>(AlertsOptions.Section)
        .AddSingleton<AlertReader>()
        .AddSingleton<SuppressedByWindow>()
        .AddSingleton<AlertLife>()
        .AddSingleton<ResetActors>()
        .AddSingleton<ExpectedResets>()
        .AddSingleton<ExceptionItems>();

    public static void MapAlerts(this IEndpointRouteBuilder app)
    {
        app.MapAlertLists();
        app.MapExpectedResets();
        app.MapWindows();
        app.MapRules();
    }
}
