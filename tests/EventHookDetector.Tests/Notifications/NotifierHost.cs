using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EventHookDetector.Tests.Notifications;

/// <summary>The notifiers as the application makes them, from configuration. The one under test is named secops.</summary>
internal sealed class NotifierHost : IDisposable
{
    public const string Name = "secops";

    private readonly ServiceProvider _services;

    /// <param name="settings">What stands under <c>Notifiers:secops</c>.</param>
    public NotifierHost(params IEnumerable<(string Key, string? Value)> settings) => _services = new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Notifiers:{Name}:{setting.Key}", setting.Value)))
            .Build())
        .AddSingleton<TimeProvider>(Clock)
        .AddLogging(logging => logging.AddProvider(Logs).SetMinimumLevel(LogLevel.Trace))
        .AddNotifications()
        .BuildServiceProvider();

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public RecordingLogs Logs { get; } = new();

    public INotifier Notifier => _services.GetRequiredService<EventHookDetector.Notifications.Notifiers>().Find(Name)!;

    public IEnumerable<string> Faults => _services.GetServices<IConfigurationCheck>()
        .SelectMany(check => check.FindFaults(_services.GetRequiredService<IConfiguration>()));

    public Task<NotificationResult> NotifyAsync(Notice? notice = null) =>
        Notifier.NotifyAsync(notice ?? SomeNotice.About("ada@example.com"), TestContext.Current.CancellationToken);

    public void Dispose() => _services.Dispose();
}
