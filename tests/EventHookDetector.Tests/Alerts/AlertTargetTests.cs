using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

/// <summary>Alerts about several accounts are found by each of them.</summary>
public sealed class AlertTargetTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("target=lena@example.com")]
    [InlineData("target=omar@example.com")]
    [InlineData("target=Grace@EXAMPLE.com")]
    [InlineData("target=00U-grace@example.com")]
    [InlineData("target=omar@example.com&actor=helpdesk.one@example.com")]
    [InlineData("target=omar@example.com&status=open&outcome=alerted")]
    [InlineData("target=omar@example.com&rule=729aa18d-06a6-41c7-b175-b65b739b1181")]
    [InlineData("target=omar@example.com&from=2026-11-24T09:19:57Z&to=2026-11-24T09:19:58Z")]
    public async Task An_alert_is_found_by_each_of_its_targets(string filter)
    {
        var reset = SomeTargets.FactorReset("lena@example.com", "omar@example.com", "grace@example.com");
        await _detector.DeliverAsync(Some.FactorReset(), reset.DeepClone(), Some.FactorReset());

        Assert.Equal(reset["uuid"]!.GetValue<string>(), Assert.Single(await _detector.AlertsAsync($"&{filter}"))["uuid"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("target=00g1finance")]
    [InlineData("target=mail")]
    [InlineData("target=omar@example.com&actor=eve@example.com")]
    [InlineData("target=omar@example.com&status=closed")]
    [InlineData("target=omar@example.com&outcome=capped")]
    [InlineData("target=omar@example.com&from=2026-11-24T09:19:58Z")]
    public async Task An_alert_is_not_found_by_what_is_no_account_or_no_match(string filter)
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset("lena@example.com", "omar@example.com"));

        Assert.Empty(await _detector.AlertsAsync($"&{filter}"));
    }

    [Fact]
    public async Task A_target_with_an_id_only_and_one_with_a_login_only_are_found()
    {
        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User("00ulena", null), SomeTargets.User("00uomar", null), SomeTargets.User(null, "grace@example.com")));

        foreach (var target in (string[])["00ulena", "00uomar", "grace@example.com"]) Assert.Single(await _detector.AlertsAsync($"&target={target}"));
    }

    [Fact]
    public async Task Pages_of_alerts_about_a_further_target_are_complete()
    {
        await _detector.DeliverAsync([.. Enumerable.Range(0, 7).Select(_ => SomeTargets.FactorReset("lena@example.com", "omar@example.com"))]);
        await _detector.DeliverAsync([.. Enumerable.Range(0, 3).Select(_ => Some.FactorReset(target: "omar@example.com"))]);

        var (seen, cursor) = (new List<string>(), "");
        for (var page = 0; page < 10 && cursor is not null; page++)
        {
            var answer = await _detector.GetAsync($"/api/alerts?target=omar@example.com&limit=2{cursor}");
            seen.AddRange(answer["items"]!.AsArray().Select(alert => alert!["id"]!.GetValue<string>()));
            cursor = answer["nextCursor"]?.GetValue<string>() is { } next ? $"&cursor={next}" : null;
        }

        Assert.Equal((await _detector.AlertsAsync()).Select(alert => alert["id"]!.GetValue<string>()), seen);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
