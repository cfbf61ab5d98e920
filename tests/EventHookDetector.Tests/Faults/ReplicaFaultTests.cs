using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>Three replicas under load, of which one ends at once, whatever it was doing.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class ReplicaFaultTests : FaultTests
{
    [Fact]
    public async Task The_others_go_on_and_tell_what_it_leaves_behind()
    {
        using var storage = TestStorage.Create();
        await using var killed = NewDetector(storage.Settings);
        await using var second = NewDetector(storage.Settings);
        await using var third = NewDetector(storage.Settings);
        DetectorProcess[] replicas = [killed, second, third];
        await Task.WhenAll(replicas.Select(replica => replica.ListenAsync()));
        var turn = 0;
        await using var load = new Load(delivery => replicas[Interlocked.Increment(ref turn) % replicas.Length].DeliverAsync(delivery), Patience);
        await load.UntilAcceptedAsync(Random.Shared.Next(20, 80));

        await killed.KillAsync();
        replicas = [second, third];   // as a balancer does
        await load.UntilAcceptedAsync();
        await load.StopAsync();

        await AssertNothingIsLostAsync(second, load);
    }
}
