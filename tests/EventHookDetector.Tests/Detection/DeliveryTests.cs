using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

public sealed class DeliveryTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_reset_of_all_factors_is_told_with_who_whose_when_and_from_where()
    {
        var channel = _detector.WithNotifier("secops");

        using var response = await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var notice = Assert.Single(channel.Received);
        Assert.Equal("All MFA factors of ada@example.com were reset by eve@example.com at 2026-11-24 09:19:57 UTC.", notice.Summary);
        Assert.Contains(notice.Facts, fact => fact is { Label: "Address", Value: "198.51.100.23" });
        Assert.Contains(notice.Facts, fact => fact is { Label: "Place", Value: "Lisbon, Lisbon, Portugal" });
        Assert.Contains(notice.Facts, fact => fact is { Label: "Lag", Value: "2.6 s from Okta's clock to us" });
        Assert.Contains(notice.Facts, fact => fact is { Label: "Done", Value: "by hand, without an API token" });
    }

    [Fact]
    public async Task The_answer_to_a_delivery_is_204_with_an_empty_body()
    {
        using var response = await _detector.DeliverAsync(Some.FactorReset(), Some.Login());

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_log_event_delivered_twice_is_told_once()
    {
        var channel = _detector.WithNotifier("secops");
        var reset = Some.FactorReset();

        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.DispatchNotificationsAsync();

        Assert.Single(await _detector.AlertsAsync());
        Assert.Single(channel.Received);
    }

    [Fact]
    public async Task The_same_log_event_eight_times_at_once_is_one_alert_and_one_notification_a_channel()
    {
        var (slack, mail) = (_detector.WithNotifier("slack"), _detector.WithNotifier("mail"));
        var reset = Some.FactorReset();
        _ = _detector.Http;

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _detector.DeliverAsync(reset.DeepClone())));
        await _detector.DispatchNotificationsAsync();

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.NoContent, response.StatusCode));
        Assert.Single(await _detector.AlertsAsync());
        Assert.Single(slack.Received);
        Assert.Single(mail.Received);
    }

    [Fact]
    public async Task The_same_uuid_of_another_org_is_another_log_event()
    {
        var reset = Some.FactorReset();
        var elsewhere = Some.Delivery(reset.DeepClone());
        elsewhere["source"] = "https://other.okta.com/api/v1/eventHooks/who2";

        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.PostAsync(elsewhere.ToJsonString());

        Assert.Equal(2, (await _detector.AlertsAsync()).Count);
    }

    [Fact]
    public async Task A_reset_without_a_uuid_is_known_by_its_content()
    {
        var reset = Some.FactorReset();
        reset["uuid"] = null;

        await _detector.DeliverAsync(reset.DeepClone());
        await _detector.DeliverAsync(reset.DeepClone());

        Assert.StartsWith("sha256:", Assert.Single(await _detector.AlertsAsync())["uuid"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_event_of_another_type_raises_nothing()
    {
        var channel = _detector.WithNotifier("secops");

        using var response = await _detector.DeliverAsync(Some.Login(), Some.LogEvent("user.mfa.factor.activate"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Empty(await _detector.AlertsAsync());
        Assert.Empty(channel.Received);
    }

    [Theory]
    [InlineData("reset-all", 1)]
    [InlineData("reset-all-nulls-left-out", 1)]
    [InlineData("preview", 1)]
    [InlineData("reset-all-several-targets", 1)]
    [InlineData("mixed-batch", 1)]
    [InlineData("identity-engine-reset", 1)]
    public async Task Every_sample_delivery_is_answered_204_and_raises_what_is_in_it(string sample, int alerts)
    {
        using var response = await _detector.PostAsync(Some.Sample(sample));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(alerts, (await _detector.AlertsAsync()).Count);
        Assert.Empty(await _detector.QuarantineAsync());
    }

    [Fact]
    public async Task A_reset_that_names_nobody_is_still_told()
    {
        var channel = _detector.WithNotifier("secops");

        await _detector.PostAsync(Some.Sample("preview"));
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(channel.Received);
        Assert.Contains("an account that Okta did not name", notice.Summary, StringComparison.Ordinal);
        Assert.Contains("This is old news: it reached us 7 days later.", notice.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_counts_and_is_called_one()
    {
        var channel = _detector.WithNotifier("secops");
        var attempt = Some.FactorReset(actor: "eve@example.com");
        attempt["outcome"]!["result"] = "FAILURE";

        await _detector.DeliverAsync(attempt);
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(channel.Received);
        Assert.Equal("Attempt to reset the MFA factors of ada.byron@example.com", notice.Title);
        Assert.StartsWith("eve@example.com tried to reset", notice.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_of_Oktas_that_is_ahead_of_ours_is_said_to_be()
    {
        var channel = _detector.WithNotifier("secops");
        var reset = Some.FactorReset();
        reset["published"] = "2026-11-24T09:20:30.000Z";

        await _detector.DeliverAsync(reset);
        await _detector.DispatchNotificationsAsync();

        Assert.Contains(
            Assert.Single(channel.Received).Facts,
            fact => fact is { Label: "Lag", Value: "none: Okta's clock says it happened 30.0 s after it reached us" });
    }

    [Fact]
    public async Task A_bare_reset_with_nothing_but_its_type_is_an_alert()
    {
        using var response = await _detector.PostAsync("""{"data":{"events":[{"eventType":"user.mfa.factor.reset_all"}]}}""");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Single(await _detector.AlertsAsync());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
