using BenchmarkDotNet.Attributes;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Okta;

namespace EventHookDetector.Benchmarks;

/// <summary>Which rule wants a log event? With the rules that are on by default, and with all that are shipped.</summary>
[MemoryDiagnoser]
public class MatchingBenchmarks
{
    private readonly LogEvent _wanted = SomeBytes.Read(SomeBytes.Wanted);
    private readonly LogEvent _unwanted = SomeBytes.Read(SomeBytes.Unwanted);
    private readonly LogEvent _turnedDown = SomeBytes.Read(SomeBytes.TurnedDown);
    private DetectionRules? _rules;

    [Params(false, true)]
    public bool AllRules { get; set; }

    [GlobalSetup]
    public void Setup() => _rules = SomeBytes.Rules(AllRules);

    [Benchmark]
    public bool Unwanted() => _rules!.FirstMatching(_unwanted) is null;

    /// <summary>A security question that its owner reset: the rule wants the type, and looks at the outcome and the reason.</summary>
    [Benchmark]
    public bool TurnedDown() => _rules!.FirstMatching(_turnedDown) is null;

    [Benchmark]
    public bool Match() => _rules!.FirstMatching(_wanted) is not null;
}
