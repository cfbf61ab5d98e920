using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>Told to stop (SIGTERM) while deliveries come.</summary>
public sealed class StopTests : FaultTests
{
    [Fact]
    public async Task Whatever_it_took_in_is_answered_and_what_was_not_answered_was_not_taken_in()
    {
        using var storage = TestStorage.Create();
        await using var detector = NewDetector([.. storage.Settings, new("Shutdown:Drain", "00:00:03")]);
        await using var next = NewDetector(storage.Settings);
        await detector.ListenAsync();
        var current = detector;
        await using var load = new Load(delivery => current.DeliverAsync(delivery), Patience);
        await load.UntilAcceptedAsync();

        await detector.TerminateAsync();
        await UntilReadinessIsAsync(detector, HttpStatusCode.ServiceUnavailable);
        await load.UntilAcceptedAsync(1);   // until the balancer has looked away
        var exitCode = await detector.EndAsync();
        await load.StopAsync();

        Assert.Equal(0, exitCode);
        await next.ListenAsync();
        current = next;
        Assert.Empty((await next.AlertsAsync()).Except(load.Accepted.Concat(load.Refused), StringComparer.Ordinal));
        await AssertNothingIsLostAsync(next, load);
    }
}
