using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace EventHookDetector.Tests.Support;

/// <summary>Delivers a reset every five milliseconds, asks for liveness as well, and notes each answer and how long it took.</summary>
internal sealed class SteadyDeliveries : IAsyncDisposable
{
    /// <summary>The time after which Okta hangs up.</summary>
    public static readonly TimeSpan OktaWaits = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly DetectorProcess _detector;
    private readonly CancellationToken _patience;
    private readonly CancellationTokenSource _enough = new();
    private readonly ConcurrentBag<(string Name, HttpStatusCode Status, TimeSpan Took)> _answers = [];
    private readonly Task _delivering;
    private readonly Task _asking;

    /// <param name="detector">A detector that listens.</param>
    /// <param name="patience">Ends every wait.</param>
    public SteadyDeliveries(DetectorProcess detector, CancellationToken patience)
    {
        (_detector, _patience) = (detector, patience);
        _delivering = Task.Run(() => RepeatAsync(Pace, DeliverAsync), CancellationToken.None);
        _asking = Task.Run(() => RepeatAsync(10 * Pace, AskForLivenessAsync), CancellationToken.None);
    }

    public ConcurrentBag<string> Uuids { get; } = [];

    /// <summary>Returns when all are answered.</summary>
    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_delivering, _asking).WaitAsync(_patience);
    }

    /// <summary>Each delivery was answered 204 and each question for liveness 200, before Okta would have hung up.</summary>
    public void AssertAllAnsweredInTime()
    {
        Assert.NotEmpty(Uuids);
        Assert.DoesNotContain(_answers, answer => answer.Took >= OktaWaits || answer.Status is not (HttpStatusCode.NoContent or HttpStatusCode.OK));
        TestContext.Current.TestOutputHelper?.WriteLine($"{_answers.Count} answers, the slowest after {_answers.Max(answer => answer.Took)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_delivering, _asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _enough.Dispose();
    }

    private async Task RepeatAsync(TimeSpan pace, Func<Task> ask)
    {
        var asked = new List<Task>();
        using var timer = new PeriodicTimer(pace, TimeProvider.System);
        while (!_enough.IsCancellationRequested && await timer.WaitForNextTickAsync(_patience)) asked.Add(ask());
        await Task.WhenAll(asked);
    }

    private async Task DeliverAsync()
    {
        var uuid = Some.Uuid();
        Uuids.Add(uuid);
        await NoteAsync("delivery", () => _detector.DeliverAsync(Some.Delivery(Some.FactorReset(target: $"{uuid}@example.com", uuid: uuid))));
    }

    private Task AskForLivenessAsync() => NoteAsync("liveness", () => _detector.GetAsync("/health/live"));

    private async Task NoteAsync(string name, Func<Task<HttpResponseMessage>> ask)
    {
        var begun = Stopwatch.GetTimestamp();
        using var response = await ask();
        _answers.Add((name, response.StatusCode, Stopwatch.GetElapsedTime(begun)));
    }
}
