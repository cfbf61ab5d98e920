using BenchmarkDotNet.Attributes;
using EventHookDetector.Okta;

namespace EventHookDetector.Benchmarks;

/// <summary>From the bytes of a POST to the log events that somebody has to look at, with every shipped rule switched on.</summary>
[MemoryDiagnoser]
public class ReadingBenchmarks
{
    private readonly WantedEventTypes _wanted = SomeBytes.Rules(all: true).WantedEventTypes;
    private byte[] _body = [];

    [Params(1, 100)]
    public int LogEvents { get; set; }

    [Params(SomeBytes.Wanted, SomeBytes.Unwanted)]
    public string EventType { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _body = SomeBytes.Delivery(EventType, LogEvents);

    [Benchmark]
    public object Read() => DeliveryReader.Read(_body, _wanted);
}
