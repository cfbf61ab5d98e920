using System.Net;
using EventHookDetector.Tests.Support;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Tests.EventHook;

public sealed class StorageFaultTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("alerts")]
    [InlineData("processed_log_events")]
    public async Task While_the_database_fails_Okta_is_asked_to_come_again_and_then_nothing_is_missing(string table)
    {
        var channel = _detector.WithNotifier("secops");
        var reset = Some.FactorReset(uuid: "u1");
        await _detector.DeliverAsync(Some.FactorReset(uuid: "u0"));

        await ChangeAsync($"ALTER TABLE {table} RENAME TO away");
        using var refused = await _detector.DeliverAsync(Some.Login(), reset.DeepClone());
        using var broken = await _detector.PostAsync(Some.Delivery(Some.FactorReset(uuid: "u2")).ToJsonString() + "!");
        await ChangeAsync($"ALTER TABLE away RENAME TO {table}");
        using var retried = await _detector.DeliverAsync(Some.Login(), reset.DeepClone());
        await _detector.DispatchNotificationsAsync();

        await refused.AssertProblemAsync(503, "Try again");
        await broken.AssertProblemAsync(503);
        Assert.Equal("5", refused.Headers.RetryAfter?.ToString());
        Assert.Equal(HttpStatusCode.NoContent, retried.StatusCode);
        Assert.Equal(["u0", "u1"], (await _detector.AlertsAsync()).Select(alert => (string?)alert["uuid"]).Order());
        Assert.Equal(2, channel.Received.Count);
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task A_database_file_that_is_removed_is_noticed_before_anything_is_answered_for_and_can_be_put_back()
    {
        await _detector.DeliverAsync(Some.FactorReset(uuid: "u0"));
        var file = new SqliteConnectionStringBuilder(_detector.Settings["Storage:ConnectionString"]).DataSource;

        File.Move(file, file + ".away");
        using var refused = await _detector.DeliverAsync(Some.FactorReset(uuid: "u1"));
        using var refusedAgain = await _detector.DeliverAsync(Some.FactorReset(uuid: "u1"));
        File.Move(file + ".away", file);
        using var retried = await _detector.DeliverAsync(Some.FactorReset(uuid: "u1"));

        await refused.AssertProblemAsync(503);
        await refusedAgain.AssertProblemAsync(503);
        Assert.Equal(HttpStatusCode.NoContent, retried.StatusCode);
        Assert.Equal(["u0", "u1"], (await _detector.AlertsAsync()).Select(alert => (string?)alert["uuid"]).Order());
    }

    [Fact]
    public async Task What_cannot_be_kept_in_the_quarantine_is_not_refused_for_good()
    {
        await _detector.DeliverAsync();

        await ChangeAsync("ALTER TABLE quarantine RENAME TO away");
        using var body = await _detector.PostAsync("no delivery");
        using var logEvent = await _detector.DeliverAsync(Some.FactorReset(uuid: "u1"), null);
        await ChangeAsync("ALTER TABLE away RENAME TO quarantine");
        using var retried = await _detector.DeliverAsync(Some.FactorReset(uuid: "u1"), null);

        await body.AssertProblemAsync(503);
        await logEvent.AssertProblemAsync(503);
        Assert.Equal(HttpStatusCode.NoContent, retried.StatusCode);
        Assert.Single(await _detector.AlertsAsync());
        Assert.Single(await _detector.QuarantineAsync());
    }

    [Fact]
    public async Task A_stranger_costs_the_database_nothing_even_while_it_fails()
    {
        await _detector.DeliverAsync();
        await ChangeAsync("ALTER TABLE quarantine RENAME TO away");

        using var response = await _detector.PostAsync("no delivery", secret: "wrong");

        await response.AssertProblemAsync(401);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private Task ChangeAsync(string sql)
    {
        _detector.Storage.Execute(sql);
        return Task.CompletedTask;
    }
}
