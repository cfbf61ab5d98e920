using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Hosting;

public sealed class HealthTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task It_is_live_as_long_as_it_answers()
    {
        var (status, answer) = await AskAsync("/health/live");

        Assert.Equal((HttpStatusCode.OK, "live"), (status, answer["status"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/health/ready/")]
    [InlineData("/health/live?probe=1")]
    [InlineData("/metrics")]
    public async Task HEAD_is_answered_like_GET_without_a_body(string path)
    {
        _detector.OnKestrel = true;   // The server leaves the body out, and the test server would not.
        using var got = await _detector.AskAsync(HttpMethod.Get, path, key: null);
        using var asked = await _detector.AskAsync(HttpMethod.Head, path, key: null);

        Assert.Equal((HttpStatusCode.OK, got.StatusCode), (asked.StatusCode, asked.StatusCode));
        Assert.Empty(await asked.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_is_ready_when_the_database_the_outbox_and_it_itself_are()
    {
        var (status, answer) = await AskAsync("/health/ready");

        Assert.Equal((HttpStatusCode.OK, "ready"), (status, answer["status"]!.GetValue<string>()));
        Assert.Equal(["database", "draining", "outbox"], answer["checks"]!.AsArray().Select(check => check!["name"]!.GetValue<string>()).Order());
        Assert.All(answer["checks"]!.AsArray(), check => Assert.True(check!["isHealthy"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task It_is_not_ready_while_the_database_refuses_writes_and_ready_again_without_a_restart()
    {
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/health/ready")).Status);

        await ExecuteAsync("ALTER TABLE storage_check RENAME TO storage_check_elsewhere");
        _detector.Clock.Advance(TimeSpan.FromSeconds(2));
        var (status, answer) = await AskAsync("/health/ready");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "notReady"), (status, answer["status"]!.GetValue<string>()));
        var failed = Assert.Single(answer["checks"]!.AsArray(), check => !check!["isHealthy"]!.GetValue<bool>())!;
        Assert.Equal("database", failed["name"]!.GetValue<string>());
        Assert.StartsWith("The database cannot be written", failed["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/health/live")).Status);

        await ExecuteAsync("ALTER TABLE storage_check_elsewhere RENAME TO storage_check");
        _detector.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/health/ready")).Status);
    }

    [Fact]
    [Trait("Engine", "Sqlite")]
    public async Task It_is_not_ready_while_somebody_else_holds_the_database_and_loses_nothing_by_it()
    {
        _detector.Settings["Storage:CommitTimeout"] = "00:00:01";
        _ = _detector.Http;
        using var other = new SqliteConnection(_detector.Storage.ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        using var held = other.BeginTransaction(deferred: false);

        var asked = AskAsync("/health/ready");
        var delivered = _detector.DeliverAsync(Some.FactorReset());
        var (status, answer) = await asked;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(answer["checks"]!.AsArray(), check => check!["description"]?.GetValue<string>() == "The database does not take a write in time.");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await delivered).StatusCode);

        await held.RollbackAsync(TestContext.Current.CancellationToken);
        await RunAsTheWriterAsync();
        _detector.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _detector.DeliverAsync(Some.FactorReset())).StatusCode);
        Assert.Single(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task It_is_not_ready_while_nobody_empties_the_outbox()
    {
        _detector.WithNotifier("secops");
        await _detector.DispatchNotificationsAsync();

        await _detector.DeliverAsync(Some.FactorReset());
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        var (status, answer) = await AskAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(answer["checks"]!.AsArray(), check => check!["description"]?.GetValue<string>().Contains("secops", StringComparison.Ordinal) == true);

        await _detector.DispatchNotificationsAsync();

        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task A_channel_that_refuses_does_not_make_it_unready()
    {
        _detector.WithNotifier("secops").Answer = () => new NotificationResult.GiveUp("404 no_service");
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task Health_is_open_to_strangers_and_tells_them_nothing_of_use()
    {
        var (_, answer) = await AskAsync("/health/ready");

        Assert.DoesNotContain("Data Source", answer.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonNode Answer)> AskAsync(string path)
    {
        using var response = await _detector.Http.GetAsync(path, TestContext.Current.CancellationToken);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!);
    }

    /// <summary>Returns once the writer has got through what it waited with.</summary>
    private Task<bool> RunAsTheWriterAsync() => _detector.Services.GetRequiredService<SharedCommit>()
        .RunAsync(_ => Task.FromResult(true), TestContext.Current.CancellationToken);

    private Task ExecuteAsync(string sql)
    {
        _ = _detector.Http;
        _detector.Storage.Execute(sql);
        return Task.CompletedTask;
    }
}
