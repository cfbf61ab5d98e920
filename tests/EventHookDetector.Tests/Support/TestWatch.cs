using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using EventHookDetector.Tests.Support;
using Xunit.v3;

[assembly: TestWatch]

namespace EventHookDetector.Tests.Support;

/// <summary>
/// Ends tests that hang. A test that exceeds <see cref="TestLimit"/> is canceled and fails where it waits. A test that ignores this, or a run that
/// exceeds <see cref="RunLimit"/>, ends the process with the names of the tests under way.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class TestWatchAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan TestLimit = Limit("TEST_LIMIT", TimeSpan.FromMinutes(5));
    private static readonly TimeSpan RunLimit = Limit("TEST_RUN_LIMIT", TimeSpan.FromMinutes(25));
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private static readonly ConcurrentDictionary<string, RunningTest> Running = new(StringComparer.Ordinal);
    private static readonly ConcurrentQueue<string> Ended = new();
    private static readonly Stopwatch Run = Stopwatch.StartNew();

    static TestWatchAttribute() =>
        new Thread(Watch) { IsBackground = true, Name = nameof(TestWatchAttribute) }.Start();   // A starved thread pool must not stop it.

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        Running[test.UniqueID] = new(test.TestDisplayName, Stopwatch.StartNew(), TestContext.Current);

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        Running.TryRemove(test.UniqueID, out _);
        Ended.Enqueue(test.TestDisplayName);
        if (Ended.Count > 4) Ended.TryDequeue(out _);
    }

    private static TimeSpan Limit(string variable, TimeSpan otherwise) =>
        TimeSpan.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var limit) ? limit : otherwise;

    private static void Watch()
    {
        using var pause = new ManualResetEventSlim();
        while (!pause.Wait(TimeSpan.FromSeconds(1)))
        {
            foreach (var test in Running.Values.Where(test => test.Time.Elapsed > TestLimit)) test.Cancel();

            if (Running.Values.Any(test => test.Time.Elapsed > TestLimit + Grace)) End($"A test did not end within {TestLimit + Grace}.");
            if (Run.Elapsed > RunLimit) End($"The run did not end within {RunLimit}.");
        }
    }

    private static void End(string reason)
    {
        var tests = Running.Values.OrderByDescending(test => test.Time.Elapsed).Select(test => $"  {test.Name}, for {test.Time.Elapsed:hh\\:mm\\:ss}");
        var ended = Ended.Select(name => $"  {name}");   // The disposal of one of them may hang.
        Environment.FailFast(string.Join(Environment.NewLine, [reason, "Tests under way:", .. tests, "Tests that ended last:", .. ended]));
    }

    private sealed record RunningTest(string Name, Stopwatch Time, ITestContext Context)
    {
        private bool _isCanceled;

        public void Cancel()
        {
            if (_isCanceled) return;

            _isCanceled = true;
            Context.AddWarning($"{Name} did not end within {TestLimit} and is canceled.");
            Context.CancelCurrentTest();
        }
    }
}
