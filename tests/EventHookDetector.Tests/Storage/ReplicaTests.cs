using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Storage;

/// <summary>Three replicas on one database, none of which knows another.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class ReplicaTests : IAsyncDisposable
{
    private readonly TestStorage _storage = TestStorage.CreateEmpty();
    private readonly DetectorApp[] _replicas;
    private readonly RecordingNotifier[] _channels;

    public ReplicaTests()
    {
        _replicas = [.. Enumerable.Range(0, 3).Select(_ => new DetectorApp(_storage))];
        _channels = [.. _replicas.Select(replica => replica.WithNotifier("secops"))];
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_may_all_start_at_once_on_an_empty_database()
    {
        await Task.WhenAll(_replicas.Select(replica => Task.Run(() => replica.Http, Cancellation)));

        foreach (var replica in _replicas)
        {
            using var ready = await replica.Http.GetAsync("/health/ready", Cancellation);
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }
    }

    [Fact]
    public async Task What_is_delivered_to_all_of_them_at_once_is_one_alert_and_told_once()
    {
        const int Count = 1000;
        foreach (var replica in _replicas) replica.Settings["Detection:MaxAlerts"] = $"{Count}";
        var logEvents = Enumerable.Range(0, Count).Select(n => Some.FactorReset(uuid: $"u{n}", target: $"user{n}@example.com")).ToArray();

        await AtOnceAsync(logEvents.SelectMany(logEvent => _replicas.Select(replica => replica.DeliverAsync(logEvent.DeepClone()))));
        await DispatchAsync();

        Assert.Equal(Count, await CountAsync("alerted"));
        var told = _channels.SelectMany(channel => channel.Received).ToList();
        Assert.Equal(Count, told.Count);
        Assert.Equal(Count, told.Select(notice => notice.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task The_cap_is_one_for_all()
    {
        foreach (var replica in _replicas) replica.Settings["Detection:MaxAlerts"] = "100";

        await AtOnceAsync(Enumerable.Range(0, 400).Select(n => _replicas[n % 3].DeliverAsync(Some.FactorReset())));

        Assert.Equal(100, await CountAsync("alerted"));
        Assert.Equal(300, await CountAsync("capped"));
    }

    [Fact]
    public async Task The_digest_of_a_window_is_told_once()
    {
        foreach (var replica in _replicas) replica.Settings["Detection:MaxAlerts"] = "1";
        await AtOnceAsync(Enumerable.Range(0, 9).Select(n => _replicas[n % 3].DeliverAsync(Some.FactorReset())));

        foreach (var replica in _replicas) replica.Clock.Advance(TimeSpan.FromMinutes(6));
        await DispatchAsync();

        Assert.Equal(2, _channels.Sum(channel => channel.Received.Count));
    }

    [Fact]
    public async Task A_channel_that_asks_one_of_them_for_quiet_is_left_alone_by_all_of_them()
    {
        foreach (var channel in _channels) channel.Answer = () => new NotificationResult.Retry("429", After: TimeSpan.FromSeconds(60));
        await AtOnceAsync(Enumerable.Range(0, 30).Select(n => _replicas[n % 3].DeliverAsync(Some.FactorReset(target: $"user{n}@example.com"))));
        await _replicas[0].DispatchNotificationsAsync();

        for (var second = 0; second < 59; second++)
        {
            await DispatchAsync();
            foreach (var replica in _replicas) replica.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, _channels.Sum(channel => channel.Attempts));
        foreach (var channel in _channels) channel.Answer = () => new NotificationResult.Sent("ok");
        foreach (var replica in _replicas) replica.Clock.Advance(TimeSpan.FromSeconds(1));
        await DispatchAsync();
        await DispatchAsync();   // the two that did not get the probe
        Assert.Equal(30, _channels.Sum(channel => channel.Received.Count));
    }

    [Fact]
    public async Task A_reset_told_factor_by_factor_to_any_of_them_is_one_alert()
    {
        await AtOnceAsync(Enumerable.Range(0, 8).Select(n => _replicas[n % 3].DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"))));
        await AtOnceAsync([_replicas[1].DeliverAsync(Some.FactorReset())]);

        Assert.Equal(8, Assert.Single(await _replicas[0].AlertsAsync())["merged"]!.AsArray().Count);
    }

    [Fact]
    public async Task Each_announcement_covers_one_reset()
    {
        foreach (var ticket in (string[])["HD-1", "HD-2"])
        {
            using var announced = await _replicas[0].AskAsync(HttpMethod.Post, "/api/expected-resets", body: JsonNode.Parse(
                $$"""{"target":"ada.byron@example.com","ticket":"{{ticket}}","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
            Assert.Equal(HttpStatusCode.Created, announced.StatusCode);
        }

        await AtOnceAsync(Enumerable.Range(0, 9).Select(n => _replicas[n % 3].DeliverAsync(Some.FactorReset(actor: $"actor{n}@example.com"))));

        Assert.Equal(
            ["Announced under ticket HD-1, approved by grace.", "Announced under ticket HD-2, approved by grace."],
            (await _replicas[0].AlertsAsync("&outcome=expected")).Select(alert => (string?)alert["because"]).Order());
        Assert.Equal(7, (await _replicas[0].AlertsAsync("&outcome=alerted")).Count);
    }

    [Fact]
    public async Task Exception_items_may_be_changed_on_all_of_them_at_once_and_all_of_them_know()
    {
        await AtOnceAsync(Enumerable.Range(0, 12).Select(n =>
            _replicas[n % 3].AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: SomeExceptionItem.Covering(new JsonObject { ["actor"] = $"actor{n}@example.com" }))));

        await AtOnceAsync(Enumerable.Range(0, 12).Select(n => _replicas[(n + 1) % 3].DeliverAsync(Some.FactorReset(actor: $"actor{n}@example.com", target: $"t{n}@example.com"))));

        Assert.Equal(12, (await _replicas[0].AlertsAsync("&outcome=excepted")).Count);
    }

    [Fact]
    public async Task Any_number_of_them_may_let_go_of_what_is_old_at_once_while_deliveries_come()
    {
        foreach (var replica in _replicas) (replica.Settings["Retention:Alerts"], replica.Settings["Detection:MaxAlerts"]) = ("30.00:00:00", "10000");
        await AtOnceAsync(Enumerable.Range(0, 30).Select(n =>
            _replicas[n % 3].DeliverAsync([.. Enumerable.Range(0, 20).Select(m => Some.FactorReset(target: $"old{n}-{m}@example.com"))])));
        await DispatchAsync();
        foreach (var replica in _replicas) replica.Clock.Advance(TimeSpan.FromDays(40));

        var lettingGo = Task.WhenAll(_replicas.Select(replica => Task.Run(() => replica.LetGoAsync(), Cancellation)));
        await AtOnceAsync(Enumerable.Range(0, 30).Select(n => _replicas[n % 3].DeliverAsync(Some.FactorReset(target: $"young{n}@example.com"))));
        await lettingGo;

        Assert.Equal(30, (await _replicas[0].AlertsAsync()).Count);
        Assert.Equal(30, (await _replicas[0].GetAsync("/api/notifications?limit=200"))["items"]!.AsArray().Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) await replica.DisposeAsync();
        _storage.Dispose();
    }

    private async Task<int> CountAsync(string outcome)
    {
        var count = 0;
        string? next = null;
        do
        {
            var page = await _replicas[0].GetAsync($"/api/alerts?limit=200&outcome={outcome}{(next is null ? "" : $"&cursor={next}")}");
            count += page["items"]!.AsArray().Count;
            next = (string?)page["nextCursor"];
        }
        while (next is not null);

        return count;
    }

    private Task DispatchAsync() => Task.WhenAll(_replicas.Select(replica => replica.DispatchNotificationsAsync()));

    private async Task AtOnceAsync(IEnumerable<Task<HttpResponseMessage>> requests)
    {
        foreach (var replica in _replicas) _ = replica.Http;
        foreach (var answer in await Task.WhenAll(requests))
        {
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
            answer.Dispose();
        }
    }
}
