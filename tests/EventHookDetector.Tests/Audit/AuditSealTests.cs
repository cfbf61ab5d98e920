using EventHookDetector.Audit;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Audit;

public sealed class AuditSealTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_row_is_there_at_once_and_gets_its_place_in_the_chain_later()
    {
        await _detector.ExceptAsync("okta.actor.alternate_id:scanner@example.com");
        var waiting = Assert.Single(await _detector.AuditAsync());
        await _detector.SealAuditAsync();
        var inPlace = Assert.Single(await _detector.AuditAsync());

        Assert.Equal((null, null), ((long?)waiting["number"], (string?)waiting["hash"]));
        Assert.Equal((1L, await _detector.HeadAsync()), ((long?)inPlace["number"], (string?)inPlace["hash"]));
        Assert.Contains(await _detector.HeadAsync(), string.Join('\n', _detector.Logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_committed_late_with_an_earlier_time_is_sealed_behind_what_is_there()
    {
        await _detector.NoteAsync(2);
        _detector.Clock.AdjustTime(_detector.Clock.GetUtcNow() - TimeSpan.FromHours(2));
        await _detector.ExceptAsync("okta.actor.alternate_id:scanner@example.com");
        await _detector.SealAuditAsync();

        Assert.Equal(3, (long?)Assert.Single(await _detector.AuditAsync("&act=exception.created"))["number"]);
        Assert.Equal(0, (await _detector.Storage.VerifyAsync()).ExitCode);
    }

    [Fact]
    public async Task Any_number_of_rows_is_sealed_a_few_at_a_time()
    {
        await WriteAsync(_detector, 250);
        var sealer = _detector.Services.GetRequiredService<AuditSealer>();
        var counts = new List<int>();
        do counts.Add(await sealer.SealAsync(TestContext.Current.CancellationToken));
        while (counts[^1] > 0);

        Assert.Equal([100, 100, 50, 0], counts);
        Assert.Contains("Rows that hold: 250", (await _detector.Storage.VerifyAsync()).Said, StringComparison.Ordinal);
    }

    [Trait("Engine", "PostgreSql")]
    [Fact]
    public async Task While_one_has_the_lease_another_leaves_it_alone_until_it_runs_out()
    {
        await using var other = new DetectorApp(_detector.Storage);
        await WriteAsync(_detector, 1);
        await _detector.SealAuditAsync();
        await WriteAsync(_detector, 1);
        other.Clock.AdjustTime(_detector.Clock.GetUtcNow());

        await other.SealAuditAsync();
        var meanwhile = _detector.Storage.Read<long>("SELECT number FROM audit_head");
        other.Clock.Advance(AuditHead.LeaseLength);
        await other.SealAuditAsync();

        Assert.Equal((1, 2), (meanwhile, _detector.Storage.Read<long>("SELECT number FROM audit_head")));
    }

    [Trait("Engine", "PostgreSql")]
    [Fact]
    public async Task Replicas_that_all_seal_at_once_make_one_chain()
    {
        // Each finds the lease of another run out, for no two clocks agree: as bad as it may get.
        await using var second = new DetectorApp(_detector.Storage);
        await using var third = new DetectorApp(_detector.Storage);
        second.Clock.Advance(TimeSpan.FromHours(1));
        third.Clock.Advance(TimeSpan.FromHours(2));
        DetectorApp[] replicas = [_detector, second, third];
        foreach (var replica in replicas) _ = replica.Http;

        await Task.WhenAll(replicas.Select(replica => Task.Run(async () =>
        {
            var sealer = replica.Services.GetRequiredService<AuditSealer>();
            for (var n = 0; n < 40; n++)
            {
                await WriteAsync(replica, 7);
                await sealer.SealAsync(TestContext.Current.CancellationToken);
            }
        })));
        await _detector.SealAuditAsync();

        var (exitCode, said) = await _detector.Storage.VerifyAsync();
        Assert.True(exitCode == 0, said);
        Assert.Contains("Rows that hold: 840", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Not sealed yet", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sealer_whose_head_has_moved_meanwhile_seals_nothing()
    {
        await WriteAsync(_detector, 2);
        var reader = _detector.Services.GetRequiredService<AuditReader>();
        var head = await reader.HeadAsync(TestContext.Current.CancellationToken);
        await _detector.SealAuditAsync();
        var last = AuditChain.Seal((await reader.ListAsync(new(null, null, null, null, null), null, 1, TestContext.Current.CancellationToken))[0], 1, head.Hash);

        _detector.Clock.Advance(AuditHead.LeaseLength);   // it is not the lease that is in the way
        Assert.False(await _detector.WriteAsync(transaction => head.TryMoveAsync(transaction, last, "another")));
        Assert.Equal(2, _detector.Storage.Read<long>("SELECT number FROM audit_head"));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static Task<int> WriteAsync(DetectorApp detector, int rows) => detector.WriteAsync(async transaction =>
    {
        for (var n = 0; n < rows; n++) await AuditTrail.AddAsync(transaction, AuditAct.AlertNoted, "oncall", "subject", new { note = $"{n}" });
        return rows;
    });
}
