using EventHookDetector.Alerts;
using EventHookDetector.Hosting;

namespace EventHookDetector.Notifications;

internal static class NotificationsRegistration
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<OutboxCheck>("outbox");
        return services
            .AddSingleton<IConfigurationCheck, NotifiersCheck>()
            .AddSingleton<Notifiers>()
            .AddSingleton<Outbox>()
            .AddSingleton<NoticeComposer>()
            .AddSingleton<NotificationReader>()
            .AddSingleton<OutboxWorker>()
            .AddHostedService(provider => provider.GetRequiredService<OutboxWorker>())
            .AddSingleton<WindowDigests>()
            .AddHostedService(provider => provider.GetRequiredService<WindowDigests>());
    }
}
