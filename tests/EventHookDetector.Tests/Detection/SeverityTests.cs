using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Detection;

public sealed class SeverityTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task An_ordinary_reset_is_as_severe_as_its_rule_says()
    {
        await _detector.DeliverAsync(Some.FactorReset());

        AssertSeverity(await OnlyAsync(), "low", 21);
    }

    [Fact]
    public async Task An_API_token_raises_it()
    {
        var reset = Some.FactorReset();
        reset["transaction"] = new JsonObject { ["id"] = "tx1", ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1" } };
        await _detector.DeliverAsync(reset);

        AssertSeverity(await OnlyAsync(), "medium", 47, "It was done with an API token.");
    }

    [Theory]
    [InlineData("""{"isProxy":true}""", "It came through an anonymising proxy.")]
    [InlineData("""{"risk":{"level":"HIGH"}}""", "Okta rates its risk HIGH.")]
    public async Task A_proxy_or_a_high_risk_raises_it(string securityContext, string reason)
    {
        var reset = Some.FactorReset();
        reset["securityContext"] = JsonNode.Parse(securityContext);
        await _detector.DeliverAsync(reset);

        AssertSeverity(await OnlyAsync(), "medium", 47, reason);
    }

    [Fact]
    public async Task Oktas_risk_is_found_in_the_debug_data_too()
    {
        var reset = Some.FactorReset();
        reset["debugContext"] = new JsonObject { ["debugData"] = new JsonObject { ["risk"] = "{reasons=New Device, New Country, level=HIGH}" } };
        await _detector.DeliverAsync(reset);

        AssertSeverity(await OnlyAsync(), "medium", 47, "Okta rates its risk HIGH.");
    }

    [Fact]
    public async Task A_privileged_account_raises_it_whichever_side_it_is_on_and_however_it_is_written()
    {
        _detector.Settings["Detection:PrivilegedAccounts:0"] = "Root@example.com";
        _detector.Settings["Detection:PrivilegedAccounts:1"] = "00U-ADMIN@EXAMPLE.COM";
        await _detector.DeliverAsync(Some.FactorReset(actor: "admin@example.com", target: "root@EXAMPLE.com"));

        AssertSeverity(await OnlyAsync(), "high", 73, "The target is a privileged account.", "The actor is a privileged account.");
    }

    [Fact]
    public async Task An_actor_without_an_earlier_reset_raises_it_once_there_is_a_week_of_records()
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "helpdesk@example.com"));
        _detector.Clock.Advance(TimeSpan.FromDays(8));
        foreach (var actor in new[] { "helpdesk@example.com", "eve@example.com", "eve@example.com" })
        {
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
            await _detector.DeliverAsync(Some.FactorReset(actor));
        }

        var alerts = await _detector.AlertsAsync();
        AssertSeverity(alerts[3], "low", 21);
        AssertSeverity(alerts[2], "low", 21);
        AssertSeverity(alerts[1], "medium", 47, "No earlier reset by this actor is on record.");
        AssertSeverity(alerts[0], "low", 21);
    }

    [Fact]
    public async Task Nobody_is_known_by_what_was_rolled_back()
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "helpdesk@example.com"));
        _detector.Clock.Advance(TimeSpan.FromDays(8));
        var actors = _detector.Services.GetRequiredService<ResetActors>();

        await Assert.ThrowsAsync<InvalidOperationException>(() => _detector.WriteAsync<bool>(async transaction =>
        {
            await actors.TryAddNewcomerAsync(transaction, "example.okta.com", "eve");
            throw new InvalidOperationException("The disk is full.");
        }));

        Assert.True(await _detector.WriteAsync(transaction => actors.TryAddNewcomerAsync(transaction, "example.okta.com", "eve")));
        Assert.False(await _detector.WriteAsync(transaction => actors.TryAddNewcomerAsync(transaction, "example.okta.com", "eve")));
    }

    [Fact]
    public async Task Every_part_of_a_reset_counts_whether_it_came_before_its_alert_or_after()
    {
        var proxy = Some.LogEvent("user.mfa.factor.deactivate");
        proxy["securityContext"] = new JsonObject { ["isProxy"] = true };
        var risky = Some.FactorReset();
        risky["securityContext"] = new JsonObject { ["risk"] = new JsonObject { ["level"] = "HIGH" } };
        await _detector.DeliverAsync(proxy);
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"));
        AssertSeverity(await OnlyAsync(), "medium", 47, "It came through an anonymising proxy.");

        await _detector.DeliverAsync(risky);
        AssertSeverity(await OnlyAsync(), "high", 73, "It came through an anonymising proxy.", "Okta rates its risk HIGH.");
    }

    [Fact]
    public async Task It_ends_at_critical_and_people_are_told_why()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Detection:PrivilegedAccounts:0"] = "ada.byron@example.com";
        var reset = Some.FactorReset();
        reset["transaction"] = new JsonObject { ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1" } };
        reset["securityContext"] = JsonNode.Parse("""{"isProxy":true,"risk":{"level":"HIGH"}}""");
        await _detector.DeliverAsync(reset);
        await _detector.DispatchNotificationsAsync();

        var alert = await OnlyAsync();
        Assert.Equal("critical", alert["severity"]!.GetValue<string>());
        Assert.Equal(99, alert["riskScore"]!.GetValue<int>());
        var notice = Assert.Single(channel.Received);
        Assert.Equal(new("Severity", "critical, risk score 99"), notice.Facts[0]);
        Assert.Equal("Critical 🔴 MFA factors of ada.byron@example.com were reset", notice.Title);
        Assert.StartsWith("It was done with an API token. ", notice.RaisedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_of_its_rules_severity_has_a_title_without_it()
    {
        var channel = _detector.WithNotifier("secops");
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(channel.Received);
        Assert.Equal("MFA factors of ada.byron@example.com were reset", notice.Title);
        Assert.Null(notice.RaisedBecause);
        Assert.Equal(AlertSeverity.Low, notice.Severity);
    }

    [Fact]
    public async Task The_severity_leads_a_reminder_and_an_expected_reset_too()
    {
        var channel = _detector.WithNotifier("secops");
        _detector.Settings["Notifiers:secops:Reminders"] = "true";
        _detector.Settings["Notifiers:secops:Outcomes:0"] = "alerted";
        _detector.Settings["Notifiers:secops:Outcomes:1"] = "expected";
        await _detector.PostAsOperatorAsync("/api/expected-resets", JsonNode.Parse(
            """{"target":"ada@example.com","ticket":"HD-1","approver":"grace@example.com","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));
        await _detector.DeliverAsync(Risky("ada@example.com"), Risky("bob@example.com"));
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromHours(2));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(
            [
                "Medium 🟡 Expected: MFA factors of ada@example.com were reset",
                "Medium 🟡 MFA factors of bob@example.com were reset",
                "Medium 🟡 Still open: MFA factors of bob@example.com were reset",
            ],
            channel.Received.Select(notice => notice.Title).Order(StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject Risky(string target)
    {
        var reset = Some.FactorReset(target: target);
        reset["securityContext"] = new JsonObject { ["isProxy"] = true };
        return reset;
    }

    private async Task<JsonNode> OnlyAsync() => Assert.Single(await _detector.AlertsAsync());

    private static void AssertSeverity(JsonNode alert, string severity, int riskScore, params string[] reasons)
    {
        Assert.Equal(severity, alert["severity"]!.GetValue<string>());
        Assert.Equal(riskScore, alert["riskScore"]!.GetValue<int>());
        Assert.Equal(reasons, alert["severityReasons"]!.AsArray().Select(reason => reason!.GetValue<string>()));
    }
}
