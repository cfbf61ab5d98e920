using System.Text;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

/// <summary>From Okta's delivery to the channels as they are.</summary>
[Trait("Engine", "Any")]
public sealed class ChannelTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_reset_reaches_Slack_a_mailbox_and_a_webhook()
    {
        await using var http = await RecordingServer.StartAsync();
        await using var smtp = await SmtpServer.StartAsync(new());
        Configure(http, smtp);

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(["/hook", "/slack"], http.Requests.Select(request => request.Path).Order(StringComparer.Ordinal));
        Assert.All(http.Requests, request => Assert.Contains("ada@example.com", Encoding.UTF8.GetString(request.Body), StringComparison.Ordinal));
        Assert.Contains("ada@example.com", (await smtp.NextMailAsync()).Read().Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_do_the_beginning_and_the_end_of_an_exception_item()
    {
        await using var http = await RecordingServer.StartAsync();
        await using var smtp = await SmtpServer.StartAsync(new());
        Configure(http, smtp);
        await _detector.ExceptAsync("okta.actor.id:eve");
        await _detector.DispatchNotificationsAsync();

        _detector.Clock.Advance(TimeSpan.FromDays(27));
        await _detector.DispatchNotificationsAsync();

        var bodies = http.Requests.ToLookup(request => request.Path, request => Encoding.UTF8.GetString(request.Body), StringComparer.Ordinal);
        Assert.StartsWith("{\"type\":\"exception.created\"", bodies["/hook"].First(), StringComparison.Ordinal);
        Assert.StartsWith("{\"type\":\"exception.ending\"", bodies["/hook"].Last(), StringComparison.Ordinal);
        Assert.All(bodies.SelectMany(all => all), body => Assert.Contains("okta.actor.id:eve", body, StringComparison.Ordinal));
        Assert.Equal("oncall created an exception item that suppresses alerts until 2026-12-24 09:20:00 UTC", (await smtp.NextMailAsync()).Read().Subject);
        var mail = (await smtp.NextMailAsync()).Read();
        Assert.Equal("An exception item of grace@example.com ends at 2026-12-24 09:20:00 UTC", mail.Subject);
        Assert.Contains("okta.actor.id:eve", mail.TextBody, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private void Configure(RecordingServer http, SmtpServer smtp)
    {
        Configure("chat", ("Type", "slack"), ("WebhookUrl", new Uri(http.Url, "/slack").AbsoluteUri));
        Configure("hook", ("Type", "webhook"), ("Url", new Uri(http.Url, "/hook").AbsoluteUri), ("Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        Configure(
            "mail", ("Type", "email"), ("Host", "127.0.0.1"), ("Port", smtp.Port.ToString()), ("Security", "None"),
            ("From", "okta-alerts@example.com"), ("To:0", "soc@example.com"));
    }

    private void Configure(string name, params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings) _detector.Settings[$"Notifiers:{name}:{key}"] = value;
        _detector.Settings[$"Notifiers:{name}:AllowPrivateAddresses"] = "true";
    }
}
