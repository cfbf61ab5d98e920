using BenchmarkDotNet.Attributes;
using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Notifications;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventHookDetector.Benchmarks;

/// <summary>The stages in memory, through the mediator, up to NotMatched: what a log event costs that only its type made look wanted.</summary>
[MemoryDiagnoser]
public class PipelineBenchmarks
{
    private readonly LogEvent _unwanted = SomeBytes.Read(SomeBytes.Unwanted);
    private ServiceProvider? _services;
    private IMediator? _mediator;

    [GlobalSetup]
    public void Setup()
    {
        _services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton(TimeProvider.System)
            .AddStorage()
            .AddAlerts()
            .AddNotifications()
            .AddDetection()
            .AddSingleton(SomeBytes.Rules(all: true))
            .BuildServiceProvider();
        _mediator = _services.GetRequiredService<IMediator>();
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _services!.DisposeAsync();

    [Benchmark]
    public async Task<bool> NotMatched()
    {
        var result = await _mediator!.Send(new InspectLogEvent(_unwanted, DateTimeOffset.UnixEpoch), CancellationToken.None);
        return result.Outcome == DetectionOutcome.NotMatched;
    }
}
