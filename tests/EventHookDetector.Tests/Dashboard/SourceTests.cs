using System.Text.Json.Nodes;
using EventHookDetector.EventHook;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Dashboard;

public sealed class SourceTests : IAsyncDisposable
{
    private readonly TestStorage _storage = TestStorage.Create();
    private readonly DetectorApp _detector;
    private readonly DetectorApp _other;

    public SourceTests() => (_detector, _other) = (new(_storage), new(_storage));

    [Fact]
    public async Task Before_the_first_delivery_there_is_none()
    {
        Assert.Equal((null, 0, 0), await SourceAsync(_detector));
    }

    [Fact]
    public async Task A_delivery_counts_whatever_it_holds_and_however_it_is_answered()
    {
        await _detector.DeliverAsync(Some.Login());
        Assert.Equal("2026-11-24T09:20:00Z", (await SourceAsync(_detector)).LastDeliveryAt);

        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await _detector.PostAsync("{ broken");
        Assert.Equal(("2026-11-24T09:21:00Z", 0, 1), await SourceAsync(_detector));
    }

    [Fact]
    public async Task A_stranger_is_no_delivery_and_is_counted_for_an_hour()
    {
        await _detector.PostAsync("{}", secret: "wrong");
        _detector.Clock.Advance(TimeSpan.FromMinutes(30));
        await _detector.PostAsync("{}", secret: null);
        Assert.Equal((null, 2, 0), await SourceAsync(_detector));

        _detector.Clock.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal(1, (await SourceAsync(_detector)).RefusedLastHour);

        _detector.Clock.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal(0, (await SourceAsync(_detector)).RefusedLastHour);
    }

    [Fact]
    [Trait("Engine", "PostgreSql")]
    public async Task Another_replica_shows_it_too_and_so_does_one_that_starts_later()
    {
        await _detector.DeliverAsync(Some.Login());
        await _detector.PostAsync("{}", secret: "wrong");
        await WriteAsync(_detector);
        _other.Clock.Advance(TimeSpan.FromMinutes(1));
        await _other.PostAsync("{}", secret: "wrong");
        await WriteAsync(_other);

        Assert.Equal(("2026-11-24T09:20:00Z", 2, 0), await SourceAsync(_other));
        Assert.Equal(("2026-11-24T09:20:00Z", 2, 0), await SourceAsync(_detector));
        await using var later = new DetectorApp(_storage);
        Assert.Equal(("2026-11-24T09:20:00Z", 2, 0), await SourceAsync(later));
    }

    [Fact]
    public async Task Many_deliveries_are_one_row_and_nothing_is_written_without_news()
    {
        foreach (var _ in Enumerable.Range(0, 20)) await _detector.DeliverAsync(Some.Login());
        Assert.Equal(0L, _storage.Read<long>("SELECT COUNT(*) FROM hook_activity"));

        await WriteAsync(_detector);
        Assert.Equal(1L, _storage.Read<long>("SELECT COUNT(*) FROM hook_activity"));

        _storage.Execute("DELETE FROM hook_activity");
        await WriteAsync(_detector);
        Assert.Equal(0L, _storage.Read<long>("SELECT COUNT(*) FROM hook_activity"));
    }

    [Fact]
    [Trait("Engine", "PostgreSql")]
    public async Task Rows_of_processes_that_are_gone_go_but_for_the_last_delivery()
    {
        await _detector.DeliverAsync(Some.Login());
        await WriteAsync(_detector);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await using var strange = new DetectorApp(_storage);
            await strange.PostAsync("{}", secret: "wrong");
            await WriteAsync(strange);
        }

        _other.Clock.Advance(TimeSpan.FromDays(2));
        await _other.PostAsync("{}", secret: "wrong");
        await WriteAsync(_other);

        Assert.Equal(2L, _storage.Read<long>("SELECT COUNT(*) FROM hook_activity"));
        Assert.Equal(("2026-11-24T09:20:00Z", 1, 0), await SourceAsync(_other));
    }

    [Fact]
    public async Task The_database_is_said_to_be_well()
    {
        var database = (await _detector.GetAsync("/api/overview"))["database"]!;

        Assert.True(database["isHealthy"]!.GetValue<bool>());
        Assert.Null(database["description"]);
    }

    [Fact]
    public async Task A_channel_that_fails_stands_first()
    {
        _detector.WithNotifier("alpha");
        _detector.WithNotifier("zulu").Answer = () => new NotificationResult.GiveUp("404 no_service");
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        var channels = (await _detector.GetAsync("/api/overview"))["channels"]!.AsArray();

        Assert.Equal(["zulu", "alpha"], channels.Select(channel => (string?)channel!["name"]));
    }

    [Fact]
    public async Task An_alert_in_the_overview_says_why_it_was_raised()
    {
        var reset = Some.FactorReset();
        reset["securityContext"] = new JsonObject { ["isProxy"] = true };
        await _detector.DeliverAsync(reset, Some.FactorReset());

        var newest = (await _detector.GetAsync("/api/overview"))["newest"]!.AsArray();

        Assert.Equal(
            ["[\"It came through an anonymising proxy.\"]", "[]"],
            newest.Select(alert => alert!["severityReasons"]!.ToJsonString()).Order(StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _detector.DisposeAsync();
        await _other.DisposeAsync();
        _storage.Dispose();
    }

    private static Task WriteAsync(DetectorApp detector) =>
        detector.Services.GetRequiredService<HookActivity>().WriteAsync(TestContext.Current.CancellationToken);

    private static async Task<(string? LastDeliveryAt, int RefusedLastHour, int Quarantined)> SourceAsync(DetectorApp detector)
    {
        var source = (await detector.GetAsync("/api/overview"))["source"]!;
        return ((string?)source["lastDeliveryAt"], (int)source["refusedLastHour"]!, (int)source["quarantined"]!);
    }
}
