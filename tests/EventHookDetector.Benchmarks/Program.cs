using BenchmarkDotNet.Running;
using EventHookDetector.Benchmarks;

// dotnet run -c Release --project tests/EventHookDetector.Benchmarks -- --filter '*'
// dotnet run -c Release --project tests/EventHookDetector.Benchmarks -- told path/of/published/EventHookDetector [a second, 50] [seconds, 60]
if (args is ["told", var program, ..])
{
    await Told.RunAsync(program, args.Length > 2 ? Number(args[2]) : 50, TimeSpan.FromSeconds(args.Length > 3 ? Number(args[3]) : 60));
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(MatchingBenchmarks).Assembly).Run(args);

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
