using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Notifications;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using MediatR;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventHookDetector.Triage.Backtests;

/// <summary>
/// The detector itself, on a database of its own that nobody will miss: the same stages, the same statements, the same verdicts.
/// It has no notifiers, so it tells nobody, and its clock stands where the log events are.
/// </summary>
internal sealed class ThrowAwayDetector : IAsyncDisposable
{
    // Nobody waits for a single answer here, least of all Okta.
    private static readonly TimeSpan CommitTimeout = TimeSpan.FromHours(1);

    private readonly ServiceProvider _services;
    private readonly IReadOnlyList<IHostedService> _running;
    private readonly BacktestClock _clock = new();

    private ThrowAwayDetector(IConfiguration configuration, DetectionRules rules, DirectoryInfo folder)
    {
        var services = new ServiceCollection().AddStorage();
        var storage = services.Where(IsHosted).ToArray();
        services.AddAlerts().AddNotifications().AddDetection();

        // Of what runs beside, only the database is needed; and what is merely tried is neither logged nor counted.
        foreach (var service in services.Where(service => IsHosted(service) && !storage.Contains(service)).ToArray()) services.Remove(service);
        foreach (var stage in services.Where(service => service.ImplementationType == typeof(OutcomeBehavior)).ToArray()) services.Remove(stage);
        _services = services
            .AddLogging()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
            .AddSingleton(CommitTelemetry.Silent)
            .AddSingleton<TimeProvider>(_clock)
            .AddSingleton(SettingsFrom(configuration, folder))
            .AddSingleton(rules)
            .BuildServiceProvider();
        _running = [.. _services.GetServices<IHostedService>()];
    }

    public static async Task<ThrowAwayDetector> StartAsync(
        IConfiguration configuration, DetectionRules rules, Announced announced, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        var detector = new ThrowAwayDetector(configuration, rules, folder);
        try
        {
            await detector.StartAsync(announced, cancellationToken);
            return detector;
        }
        catch
        {
            await detector.DisposeAsync();
            throw;
        }
    }

    /// <summary>Judges them in their order, at the time when each was published, and together, so that they share commits.</summary>
    public async Task<IReadOnlyList<Verdict>> JudgeAsync(IReadOnlyList<PastLogEvent> logEvents)
    {
        // Inside a commit the clock says one time for all. The first is right for each: it decides only whether an exception item
        // had ended already, and whether one covers a log event its times have decided before.
        _clock.Now = logEvents[0].At;
        var mediator = _services.GetRequiredService<IMediator>();
        return await Task.WhenAll(logEvents.Select(async logEvent =>
        {
            var request = new InspectLogEvent(logEvent.LogEvent, receivedAt: logEvent.At);
            return new Verdict(request, await mediator.Send(request, CancellationToken.None));
        }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _running.Reverse()) await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    private async Task StartAsync(Announced announced, CancellationToken cancellationToken)
    {
        foreach (var service in _running.OfType<IHostedLifecycleService>()) await service.StartingAsync(cancellationToken);
        foreach (var service in _running) await service.StartAsync(cancellationToken);

        await announced.AddToAsync(_services.GetRequiredService<ExceptionItems>(), _services.GetRequiredService<ExpectedResets>(), cancellationToken);

        // The pipeline keeps in mind the items that are not over yet. Asked at the beginning of all time, those are all.
        _clock.Now = DateTimeOffset.MinValue;
        var inForce = _services.GetRequiredService<ExceptionItemsInForce>();
        await _services.GetRequiredService<SharedCommit>().RunAsync(transaction => inForce.AtAsync(transaction).AsTask(), cancellationToken);
    }

    /// <summary>As the detector is configured, but for who is told and where it is kept.</summary>
    private static IConfiguration SettingsFrom(IConfiguration configuration, DirectoryInfo folder) => new ConfigurationBuilder()
        .AddInMemoryCollection(configuration.AsEnumerable().Where(setting =>
            !IsIn(setting.Key, NotifierOptions.Section) && !IsIn(setting.Key, StorageOptions.Section)))
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [$"{StorageOptions.Section}:{nameof(StorageOptions.Provider)}"] = nameof(StorageProvider.Sqlite),
            [$"{StorageOptions.Section}:{nameof(StorageOptions.ConnectionString)}"] = $"Data Source={Path.Combine(folder.FullName, "backtest.db")};Pooling=False",
            [$"{StorageOptions.Section}:{nameof(StorageOptions.CommitTimeout)}"] = CommitTimeout.ToString(),
        })
        .Build();

    private static bool IsIn(string key, string section) =>
        key.Equals(section, StringComparison.OrdinalIgnoreCase) || key.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase);

    private static bool IsHosted(ServiceDescriptor service) => service.ServiceType == typeof(IHostedService);
}

/// <summary>A log event, and when it is judged: at the time it was published.</summary>
internal sealed record PastLogEvent(LogEvent LogEvent, DateTimeOffset At);

/// <summary>How its story would have ended.</summary>
internal sealed record Verdict(InspectLogEvent Request, DetectionResult Result);
