using System.Net;
using EventHookDetector.Hosting;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>Memory follows what has arrived of bodies, and not what was announced.</summary>
[Collection(nameof(Alone))]   // It compares with the three seconds that Okta waits.
public sealed class BodyMemoryTests : IAsyncDisposable
{
    private const int Announced = 15 * 1024 * 1024;
    private const string Begin = """{"data":{"events":[]}}""";

    private static readonly string Half = new(' ', Announced / 2);
    private static readonly string Rest = new(' ', Announced - Begin.Length - (Announced / 2));

    // 512 MB, in hexadecimal digits, as the runtime reads it.
    private readonly DetectorProcess _detector = new DetectorProcess { Settings = { ["DOTNET_GCHeapHardLimit"] = "20000000" } }.WithSecretAndKey();

    [Fact]
    public async Task Long_bodies_that_come_slowly_shut_out_no_small_ones()
    {
        var url = await _detector.ListenAsync();
        var senders = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => RawHttp.ConnectAsync(url)));
        try
        {
            foreach (var sender in senders) await sender.SendAsync(Head + Begin);
            await AssertSmallDeliveriesGetInAsync();

            var answers = senders.Select(sender => sender.ReadAsync()).ToList();
            await Task.WhenAll(senders.Select(sender => TrySendAsync(sender, Half)));
            await AssertSmallDeliveriesGetInAsync();

            await Task.WhenAll(senders.Select(sender => TrySendAsync(sender, Rest)));
            var statuses = (await Task.WhenAll(answers)).ToLookup(answer => answer.Status, answer => answer.Answer);
            Assert.All(statuses, status => Assert.Contains(status.Key, (int[])[204, 408, 503]));   // 408 on a machine that is slow
            Assert.NotEmpty(statuses[503]);
            Assert.All(statuses[503], answer => Assert.Contains("Retry-After:", answer, StringComparison.Ordinal));
            await AssertSmallDeliveriesGetInAsync();
        }
        finally
        {
            foreach (var sender in senders) sender.Dispose();
        }
    }

    [Fact]
    public void Many_connections_receive_into_small_blocks()
    {
        using var pool = new LargeBlocks().Create();
        var rented = Enumerable.Range(0, 1_000).Select(_ => pool.Rent()).ToList();

        Assert.InRange(rented.Sum(block => (long)block.Memory.Length), 1_000 * 4_096, 24 * 1024 * 1024);
        Assert.All(rented, block => Assert.InRange(block.Memory.Length, 4_096, pool.MaxBufferSize));
        rented.ForEach(block => block.Dispose());
        using var next = pool.Rent();
        Assert.Equal(pool.MaxBufferSize, next.Memory.Length);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static string Head =>
        $"POST {DetectorApp.HookPath} HTTP/1.1\r\nHost: x\r\nAuthorization: {DetectorApp.Secret}\r\nContent-Type: application/json\r\nContent-Length: {Announced}\r\n\r\n";

    private async Task AssertSmallDeliveriesGetInAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            using var response = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()));
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }
    }

    // A sender that was refused finds its connection closed.
    private static async Task TrySendAsync(RawHttp sender, string bytes)
    {
        try
        {
            await sender.SendAsync(bytes);
        }
        catch (Exception broken) when (broken is IOException or InvalidOperationException)
        {
        }
    }
}
