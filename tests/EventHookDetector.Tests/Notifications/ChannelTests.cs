using System.Text;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

/// <summary>From Okta's delivery to the channels as they are.</summary>
public sealed class ChannelTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_reset_reaches_Slack_a_mailbox_and_a_webhook()
    {
        await using var http = await RecordingServer.StartAsync();
        await using var smtp = await SmtpServer.StartAsync(new());
        Configure("chat", ("Type", "slack"), ("WebhookUrl", new Uri(http.Url, "/slack").AbsoluteUri));
        Configure("hook", ("Type", "webhook"), ("Url", new Uri(http.Url, "/hook").AbsoluteUri), ("Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        Configure(
            "mail", ("Type", "email"), ("Host", "127.0.0.1"), ("Port", smtp.Port.ToString()), ("Security", "None"),
            ("From", "okta-alerts@example.com"), ("To:0", "soc@example.com"));

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Equal(["/hook", "/slack"], http.Requests.Select(request => request.Path).Order(StringComparer.Ordinal));
        Assert.All(http.Requests, request => Assert.Contains("ada@example.com", Encoding.UTF8.GetString(request.Body), StringComparison.Ordinal));
        Assert.Contains("ada@example.com", (await smtp.NextMailAsync()).Read().Subject, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private void Configure(string name, params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings) _detector.Settings[$"Notifiers:{name}:{key}"] = value;
        _detector.Settings[$"Notifiers:{name}:AllowPrivateAddresses"] = "true";
    }
}
