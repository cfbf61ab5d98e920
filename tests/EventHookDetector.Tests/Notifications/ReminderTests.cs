using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

public sealed class ReminderTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();
    private readonly RecordingNotifier _slack;
    private readonly RecordingNotifier _pager;

    public ReminderTests()
    {
        (_slack, _pager) = (_detector.WithNotifier("slack"), _detector.WithNotifier("pager"));
        _detector.Settings["Notifiers:pager:Reminders"] = "true";
        _detector.Settings["Alerts:RemindAfter"] = "00:30:00";
    }

    [Fact]
    public async Task An_alert_that_nobody_takes_up_is_told_once_more_to_whoever_wants_it()
    {
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await PassAsync(minutes: 29);
        Assert.Single(_pager.Received);

        await PassAsync(minutes: 1);
        await PassAsync(minutes: 120);

        Assert.Equal(["alert.raised", "alert.reminder"], _pager.Received.Select(notice => notice.Type));
        Assert.Equal("Still open: MFA factors of ada@example.com were reset", _pager.Received[1].Title);
        Assert.Single(_slack.Received);
    }

    [Theory]
    [InlineData("acknowledge", null)]
    [InlineData("close", """{"verdict":"benign"}""")]
    public async Task An_alert_that_somebody_took_up_needs_no_reminder(string step, string? body)
    {
        await _detector.DeliverAsync(Some.FactorReset());
        var id = (await _detector.AlertsAsync())[0]["id"];
        await _detector.PostAsOperatorAsync($"/api/alerts/{id}/{step}", body is null ? null : System.Text.Json.Nodes.JsonNode.Parse(body));

        await PassAsync(minutes: 120);

        Assert.Single(_pager.Received);
    }

    [Fact]
    public async Task What_is_days_old_when_somebody_looks_is_history()
    {
        await _detector.DeliverAsync(Some.FactorReset());

        await PassAsync(minutes: 60 * 48);

        Assert.DoesNotContain(_pager.Received, notice => notice.Type == "alert.reminder");
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task PassAsync(int minutes)
    {
        _detector.Clock.Advance(TimeSpan.FromMinutes(minutes));
        await _detector.DispatchNotificationsAsync();
    }
}
