using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications.Email;
using EventHookDetector.Notifications.Slack;
using EventHookDetector.Notifications.Webhook;

namespace EventHookDetector.Notifications;

internal static class NotificationsRegistration
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<OutboxCheck>("outbox");
        return services
            .AddGuardedHttp()
            .AddSingleton(NotifierType.Of<SlackOptions, SlackOptions.Validator>("slack", (name, options, provider) =>
                new SlackNotifier(name, options, provider.GetRequiredService<IHttpClientFactory>(), provider.GetRequiredService<TimeProvider>())))
            .AddSingleton(NotifierType.Of<EmailOptions, EmailOptions.Validator>("email", (name, options, provider) =>
                new EmailNotifier(name, options, provider.GetRequiredService<TimeProvider>())))
            .AddSingleton(NotifierType.Of<WebhookOptions, WebhookOptions.Validator>("webhook", (name, options, provider) =>
                new WebhookNotifier(name, options, provider.GetRequiredService<IHttpClientFactory>(), provider.GetRequiredService<TimeProvider>())))
            .AddSingleton<IConfigurationCheck, NotifiersCheck>()
            .AddSingleton<Notifiers>()
            .AddSingleton<Outbox>()
            .AddSingleton<ExceptionItemNews>()
            .AddSingleton<NoticeComposer>()
            .AddSingleton<NotificationReader>()
            .AddGauges<OutboxGauges>()
            .AddSingleton<OutboxWorker>()
            .AddHostedService(provider => provider.GetRequiredService<OutboxWorker>())
            .AddSingleton<OwedNotices>()
            .AddHostedService(provider => provider.GetRequiredService<OwedNotices>());
    }
}
