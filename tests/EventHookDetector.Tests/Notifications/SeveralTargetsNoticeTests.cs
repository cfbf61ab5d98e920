using System.Text.Json;
using EventHookDetector.Hosting;
using EventHookDetector.Tests.Support;
using EventHookDetector.Tests.Triage.Backtests;

namespace EventHookDetector.Tests.Notifications;

/// <summary>Everything that people read names each account.</summary>
public sealed class SeveralTargetsNoticeTests : IAsyncDisposable
{
    private const string Lena = "lena@example.com";
    private const string Omar = "omar@example.com";
    private const string Grace = "grace@example.com";

    private readonly DetectorApp _detector = new();
    private readonly RecordingNotifier _channel;

    public SeveralTargetsNoticeTests() => _channel = _detector.WithNotifier("secops");

    [Fact]
    public async Task A_notification_names_each_account()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar, Grace));
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(_channel.Received);
        Assert.Equal($"MFA factors of {Lena}, {Omar} and {Grace} were reset", notice.Title);
        Assert.StartsWith($"All MFA factors of {Lena}, {Omar} and {Grace} were reset by helpdesk.one@example.com", notice.Summary, StringComparison.Ordinal);
        var targets = Assert.Single(notice.Facts, fact => fact.Label == "Targets").Value;
        Assert.All((string[])[Lena, Omar, Grace], target => Assert.Contains($"{target} (A Target, 00u-{target})", targets, StringComparison.Ordinal));
        var webhook = JsonSerializer.Serialize(notice.Data, ApiJson.Options);
        Assert.All((string[])[Lena, Omar, Grace], target => Assert.Contains($"\"{target}\"", webhook, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_title_counts_the_accounts_it_does_not_name()
    {
        string[] logins = [.. Enumerable.Range(1, 60).Select(n => $"user{n}@example.com")];
        await _detector.DeliverAsync(SomeTargets.FactorReset(logins));
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(_channel.Received);
        Assert.Equal("MFA factors of user1@example.com, user2@example.com, user3@example.com and 57 more were reset", notice.Title);
        Assert.EndsWith(" and 10 more", Assert.Single(notice.Facts, fact => fact.Label == "Targets").Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reminder_names_each_account()
    {
        _detector.Settings["Notifiers:secops:Reminders"] = "true";
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));
        _detector.Clock.Advance(TimeSpan.FromHours(2));
        await _detector.DispatchNotificationsAsync();

        Assert.Contains(_channel.Received, notice => notice.Title == $"Still open: MFA factors of {Lena} and {Omar} were reset");
    }

    [Fact]
    public async Task A_full_window_lets_a_new_account_pass_whichever_target_it_is()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar));
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Grace));   // Grace is new
        await _detector.DeliverAsync(SomeTargets.FactorReset(Omar));          // Omar was the second target of an alert
        await _detector.DeliverAsync(SomeTargets.FactorReset(Omar, Grace));

        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=capped")).Count);
    }

    [Fact]
    public async Task A_raised_severity_passes_once_for_a_further_target_too()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        _detector.Settings["Detection:PrivilegedAccounts:0"] = Grace;
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar, Grace));
        await _detector.DeliverAsync(SomeTargets.FactorReset(Grace), SomeTargets.FactorReset(Omar, Grace));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task A_digest_counts_each_account()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar, Grace));
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar), SomeTargets.FactorReset(Omar, Grace));
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();

        var digest = Assert.Single(_channel.Received, notice => notice.Type == "window.digest");
        Assert.Contains(digest.Facts, fact => fact is { Label: "Targets", Value: $"{Omar} (2), {Grace} (1), {Lena} (1)" });
        Assert.Contains($"\"{Lena}, {Omar}\"", JsonSerializer.Serialize(digest.Data, ApiJson.Options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backtest_names_each_account()
    {
        var answer = await _detector.BacktestAsync(SomeExport.AsLines([SomeTargets.FactorReset(Lena, Omar, Grace)]));

        Assert.Equal($"{Lena}, {Omar}, {Grace}", answer["records"]![0]!["target"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_overview_names_each_account()
    {
        await _detector.DeliverAsync(SomeTargets.FactorReset(Lena, Omar, Grace));

        var overview = await _detector.GetAsync("/api/overview");

        Assert.Equal($"{Lena}, {Omar}, {Grace}", overview["newest"]![0]!["targetLogin"]!.GetValue<string>());
        Assert.Equal($"{Lena}, {Omar}, {Grace}", overview["alerted"]!["mostSevere"]!["targetLogin"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_group_before_the_accounts_is_no_factor()
    {
        var (first, second) = (SomeTargets.FactorRemoved(Lena), SomeTargets.FactorRemoved(Lena));
        foreach (var removed in new[] { first, second })
        {
            removed["outcome"]!["reason"] = null;
            removed["target"]!.AsArray().Add(new System.Text.Json.Nodes.JsonObject { ["id"] = "aut1", ["type"] = "AuthenticatorEnrollment", ["displayName"] = "Okta Verify" });
        }

        await _detector.DeliverAsync(first, second);

        Assert.Equal(["Okta Verify", "Okta Verify"], Assert.Single(await _detector.AlertsAsync())["factors"]!.AsArray().Select(factor => factor!.GetValue<string>()));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
