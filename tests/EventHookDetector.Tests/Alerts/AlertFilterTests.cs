using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class AlertFilterTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("actor=eve@example.com")]
    [InlineData("actor=EVE@Example.COM")]
    [InlineData("actor=00u-eve@example.com")]
    [InlineData("actor=00U-EVE@EXAMPLE.COM")]
    [InlineData("target=ada@example.com")]
    [InlineData("target=Ada@EXAMPLE.com")]
    [InlineData("target=00u-ada@example.com")]
    [InlineData("target=%20ada@example.com%20")]
    [InlineData("actor=eve@example.com&target=ada@example.com")]
    public async Task Somebody_is_found_by_login_or_id_in_any_letter_case(string filter)
    {
        var wanted = Some.FactorReset(actor: "Eve@example.com", target: "Ada@example.com");
        await _detector.DeliverAsync(Some.FactorReset(), wanted.DeepClone(), Some.FactorReset());

        Assert.Equal(Uuid(wanted), Uuid(Assert.Single(await _detector.AlertsAsync($"&{filter}"))));
    }

    [Theory]
    [InlineData("actor=ada@example.com")]
    [InlineData("target=eve@example.com")]
    [InlineData("actor=eve@example.com&target=somebody.else@example.com")]
    [InlineData("actor=eve")]
    [InlineData("actor=%25")]
    public async Task Nobody_else_is_found(string filter)
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));

        Assert.Empty(await _detector.AlertsAsync($"&{filter}"));
    }

    [Fact]
    public async Task A_target_is_found_by_its_type_wherever_it_stands_in_the_list()
    {
        var reset = Some.FactorReset(target: "ada@example.com");
        reset["target"]!.AsArray().Insert(0, new JsonObject { ["id"] = "opf1", ["type"] = "AuthenticatorEnrollment" });

        await _detector.DeliverAsync(reset);

        Assert.Single(await _detector.AlertsAsync("&target=ada@example.com"));
    }

    [Theory]
    [InlineData("2026-01-05T08:00:00.000Z", "2026-01-05T08:00:01Z")]   // a back-fill
    [InlineData("2031-01-05T08:00:00.000Z", "2031-01-05T08:00:01Z")]   // a clock that is broken
    [InlineData("0001-01-01T00:00:00.000Z", "0001-01-01T00:00:01Z")]
    [InlineData("9999-12-31T23:59:58.000Z", "9999-12-31T23:59:59Z")]
    public async Task What_happened_far_from_its_receipt_is_found_by_when_it_happened(string published, string to)
    {
        var far = Some.FactorReset();
        far["published"] = published;
        await _detector.DeliverAsync(Some.FactorReset(), far.DeepClone(), Some.FactorReset());

        Assert.Equal([Uuid(far)], await UuidsAsync($"&from={published}&to={to}"));
        Assert.Equal([Uuid(far)], await UuidsAsync($"&from={published}&to={to}&actor=helpdesk.one@example.com"));
    }

    [Fact]
    public async Task From_is_inclusive_and_to_is_exclusive_and_both_mean_when_it_happened()
    {
        var (early, late) = (Some.FactorReset(), Some.FactorReset());
        early["published"] = "2026-11-20T08:00:00.000Z";
        late["published"] = "2026-11-20T09:00:00.000Z";
        await _detector.DeliverAsync(early.DeepClone(), late.DeepClone());

        Assert.Equal([Uuid(early)], await UuidsAsync("&from=2026-11-20T08:00:00Z&to=2026-11-20T09:00:00Z"));
        Assert.Equal([Uuid(late)], await UuidsAsync("&from=2026-11-20T08:00:00.001Z"));
        Assert.Equal([Uuid(late)], await UuidsAsync("&from=2026-11-20T11:00:00%2B02:00"));
        Assert.Equal([Uuid(early)], await UuidsAsync("&to=2026-11-20T09:00"));
        Assert.Empty(await UuidsAsync("&from=2026-11-24"));
    }

    [Fact]
    public async Task A_reset_without_a_time_counts_as_of_its_receipt()
    {
        var undated = Some.FactorReset();
        undated["published"] = null;

        await _detector.DeliverAsync(undated);

        Assert.Single(await _detector.AlertsAsync("&from=2026-11-24T09:20:00Z&to=2026-11-24T09:20:01Z"));
    }

    [Fact]
    public async Task Outcome_tells_what_was_alerted_from_what_was_capped()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DeliverAsync(Some.FactorReset());

        Assert.Equal("alerted", Assert.Single(await _detector.AlertsAsync("&outcome=ALERTED"))["outcome"]!.GetValue<string>());
        Assert.Equal("capped", Assert.Single(await _detector.AlertsAsync("&outcome=capped"))["outcome"]!.GetValue<string>());
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Theory]
    [InlineData("&outcome=alerted", "alerted")]
    [InlineData("&outcome=capped", "capped")]
    [InlineData("&outcome=alerted&status=open", "alerted")]
    [InlineData("&outcome=capped&status=open", "capped")]
    [InlineData("&outcome=alerted&status=closed", null)]
    public async Task A_rule_does_not_take_back_the_outcome(string filter, string? outcome)
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DeliverAsync(Some.FactorReset());

        var found = await _detector.AlertsAsync($"&rule=729aa18d-06a6-41c7-b175-b65b739b1181{filter}");

        Assert.Equal(outcome is null ? [] : [outcome], found.Select(alert => (string?)alert["outcome"]));
    }

    [Fact]
    public async Task A_new_alert_is_open_and_nothing_else()
    {
        await _detector.DeliverAsync(Some.FactorReset());

        Assert.Single(await _detector.AlertsAsync("&status=Open"));
        Assert.Empty(await _detector.AlertsAsync("&status=acknowledged"));
        Assert.Empty(await _detector.AlertsAsync("&status=closed"));
    }

    [Fact]
    public async Task Alerts_are_found_by_their_rule()
    {
        await _detector.DeliverAsync(Some.FactorReset());

        Assert.Single(await _detector.AlertsAsync("&rule=729AA18D-06a6-41c7-b175-b65b739b1181"));
        Assert.Empty(await _detector.AlertsAsync("&rule=00000000-0000-0000-0000-000000000000"));
    }

    [Theory]
    [InlineData("'")]
    [InlineData("' OR '1'='1")]
    [InlineData("'; DROP TABLE alerts; --")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("@Before")]
    [InlineData("\\")]
    [InlineData("\u0000")]
    public async Task What_means_something_in_SQL_is_only_text(string hostile)
    {
        var named = Some.FactorReset(actor: $"{hostile}@example.com");
        await _detector.DeliverAsync(Some.FactorReset(), named.DeepClone());
        var escaped = Uri.EscapeDataString(hostile);

        foreach (var filter in new[] { "actor", "target", "rule" }) Assert.Empty(await _detector.AlertsAsync($"&{filter}={escaped}"));
        Assert.Equal([Uuid(named)], await UuidsAsync($"&actor={escaped}@example.com"));
        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task What_is_far_too_long_is_kept_and_found_all_the_same()
    {
        var endless = new string('ü', 100_000);
        await _detector.DeliverAsync(Some.FactorReset(actor: endless, target: endless, uuid: endless));
        await _detector.DeliverAsync(Some.FactorReset(actor: endless, target: endless, uuid: endless));

        Assert.Single(await _detector.AlertsAsync($"&actor={Uri.EscapeDataString(endless[..400])}"));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string Uuid(JsonNode logEventOrAlert) => logEventOrAlert["uuid"]!.GetValue<string>();

    private async Task<IEnumerable<string>> UuidsAsync(string filter) => (await _detector.AlertsAsync(filter)).Select(Uuid);
}
