using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/EventHookDetector.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(EventHookDetector.Benchmarks.MatchingBenchmarks).Assembly).Run(args);
