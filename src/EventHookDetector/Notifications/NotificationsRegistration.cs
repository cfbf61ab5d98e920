using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications.Email;
using EventHookDetector.Notifications.Slack;
using EventHookDetector.Notifications.Webhook;

namespace EventHookDetector.Notifications;

internal static class NotificationsRegistration
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddGuardedHttp()
        .AddSingleton(NotifierType.Of<SlackOptions, SlackOptions.Validator>("slack", (name, options, services) =>
            new SlackNotifier(name, options, services.GetRequiredService<IHttpClientFactory>(), services.GetRequiredService<TimeProvider>())))
        .AddSingleton(NotifierType.Of<EmailOptions, EmailOptions.Validator>("email", (name, options, services) =>
            new EmailNotifier(name, options, services.GetRequiredService<TimeProvider>())))
        .AddSingleton(NotifierType.Of<WebhookOptions, WebhookOptions.Validator>("webhook", (name, options, services) =>
            new WebhookNotifier(name, options, services.GetRequiredService<IHttpClientFactory>(), services.GetRequiredService<TimeProvider>())))
        .AddSingleton<IConfigurationCheck, NotifiersCheck>()
        .AddSingleton<Notifiers>()
        .AddSingleton<Outbox>()
        .AddSingleton<NoticeComposer>()
        .AddSingleton<OutboxWorker>()
        .AddHostedService(provider => provider.GetRequiredService<OutboxWorker>())
        .AddSingleton<WindowDigests>()
        .AddHostedService(provider => provider.GetRequiredService<WindowDigests>());
}
