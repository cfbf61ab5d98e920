using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.EventHook;

internal static class EventHookRegistration
{
    public static IServiceCollection AddEventHook(this IServiceCollection services)
    {
        services.AddOptions<SwaggerGenOptions>().Configure<IOptions<EventHookOptions>>((swagger, hook) =>
            swagger.AddHeaderSecret(SharedSecret.SchemeName, hook.Value.Header, "The secret of the event hook, configured as EventHook:Secrets."));
        return services
            .AddValidatedOptions<EventHookOptions, EventHookOptions.Validator>(EventHookOptions.Section)
            .AddValidatedOptions<QuarantineOptions, QuarantineOptions.Validator>(QuarantineOptions.Section)
            .AddSingleton<HookActivity>()
            .AddSingleton<HookActivityWriter>()
            .AddHostedService(provider => provider.GetRequiredService<HookActivityWriter>())
            .AddSingleton<IConfigurationCheck, EventHookSecretsCheck>()
            .AddSingleton<RefusedStrangers>()
            .AddSingleton<UnreadableRequests>()
            .AddHostedService(provider => provider.GetRequiredService<UnreadableRequests>())
            .AddSingleton<SharedSecret>()
            .AddSingleton<BodyBudget>()
            .AddSingleton<HookReceiver>()
            .AddSingleton<Quarantine>()
            .AddSingleton<QuarantineReader>()
            .AddGauges<QuarantineGauges>()
            .AddSingleton<Inspection>()
            .AddSingleton<UnfinishedItems>()
            .AddSingleton<LargeDeliveries>()
            .AddHostedService<UnfinishedWorker>();
    }

    public static void MapEventHook(this IEndpointRouteBuilder app)
    {
        app.MapHook();
        app.MapQuarantine();
    }
}
