using EventHookDetector.Notifications;
using EventHookDetector.Notifications.Email;
using EventHookDetector.Notifications.Slack;
using EventHookDetector.Notifications.Webhook;

namespace EventHookDetector.Tests.Notifications;

[Trait("Engine", "Any")]
public sealed class NotifierConfigurationTests
{
    private static readonly Dictionary<string, (string Key, string? Value)[]> Good = new(StringComparer.Ordinal)
    {
        ["slack"] = [("Type", "slack"), ("WebhookUrl", "https://hooks.slack.com/services/T0/B0/s3cret")],
        ["email"] = [("Type", "email"), ("Host", "smtp.example.com"), ("From", "SOC <soc@example.com>"), ("To:0", "ada@example.com")],
        ["webhook"] = [("Type", "webhook"), ("Url", "https://example.com/in"), ("Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    };

    [Theory]
    [InlineData("slack", 1)]
    [InlineData("email", 5)]
    [InlineData("webhook", 50)]
    public void A_few_keys_are_enough(string type, double perSecond)
    {
        using var host = new NotifierHost(Good[type]);

        Assert.Empty(host.Faults);
        Assert.Equal(perSecond, host.Notifier.Options.PerSecond);
    }

    [Theory]
    [InlineData("slack", "WebhookUrl", null)]
    [InlineData("slack", "WebhookUrl", "hooks.slack.com/services/s3cret")]
    [InlineData("slack", "WebhookUrl", "http://hooks.slack.com/services/s3cret")]
    [InlineData("slack", "WebhookUrl", "https://user:s3cret@hooks.slack.com/services")]
    [InlineData("slack", "WebhookURI", "https://hooks.slack.com/services/s3cret")]
    [InlineData("slack", "PerSecond", "0")]
    [InlineData("slack", "PerSecond", "s3cret")]
    [InlineData("slack", "Timeout", "01:00:00")]
    [InlineData("slack", "AllowPrivateAddresses", "s3cret")]
    [InlineData("email", "Host", null)]
    [InlineData("email", "Host", "s3cret@host:25")]
    [InlineData("email", "Port", "70000")]
    [InlineData("email", "Port", "s3cret")]
    [InlineData("email", "Security", "s3cret")]
    [InlineData("email", "Password", "s3cret")]
    [InlineData("email", "From", null)]
    [InlineData("email", "From", "s3cret")]
    [InlineData("email", "To:0", null)]
    [InlineData("email", "To:0", "s3cret")]
    [InlineData("email", "To:1", "s3cret@")]
    [InlineData("email", "To", "s3cret@example.com")]
    [InlineData("webhook", "Url", "ftp://example.com/s3cret")]
    [InlineData("webhook", "Url", "/s3cret")]
    [InlineData("webhook", "Secret", null)]
    [InlineData("webhook", "Secret", "s3cret")]
    [InlineData("webhook", "PreviousSecret", "whsec_s3cret")]
    public void A_fault_begins_with_its_key_and_does_not_repeat_the_value(string type, string key, string? value)
    {
        using var host = new NotifierHost([.. Good[type].Where(setting => setting.Key != key), (key, value)]);

        var fault = Assert.Single(host.Faults);

        Assert.StartsWith($"Notifiers:secops:{key} ", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("pager")]
    public void An_unknown_type_is_told_with_those_that_are_known(string? type)
    {
        using var host = new NotifierHost(("Type", type), ("WebhookUrl", "https://example.com"));

        Assert.Equal("Notifiers:secops:Type must be one of slack, email, webhook", Assert.Single(host.Faults));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("pager")]
    public void A_misspelt_key_is_named_even_while_the_type_is_not_known(string? type)
    {
        using var host = new NotifierHost(("Type", type), ("WebhokUrl", "https://example.com/s3cret"));

        Assert.Equal(2, host.Faults.Count());
        Assert.Contains(host.Faults, fault => fault.StartsWith("Notifiers:secops:Type must be one of", StringComparison.Ordinal));
        Assert.Contains(host.Faults, fault => fault.StartsWith("Notifiers:secops:WebhokUrl is not a setting; perhaps WebhookUrl is meant", StringComparison.Ordinal));
    }

    [Fact]
    public void A_mail_without_a_recipient_is_a_fault()
    {
        using var host = new NotifierHost(Good["email"].Where(setting => setting.Key != "To:0"));

        Assert.StartsWith("Notifiers:secops:To must name", Assert.Single(host.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_not_sent_in_the_clear_unless_it_stays_inside()
    {
        (string Key, string? Value)[] settings = [.. Good["email"], ("Security", "None"), ("Username", "ada"), ("Password", "s3cret")];
        using var outside = new NotifierHost(settings);
        using var inside = new NotifierHost([.. settings, ("AllowPrivateAddresses", "true")]);

        Assert.StartsWith("Notifiers:secops:Security must be StartTls or Tls", Assert.Single(outside.Faults), StringComparison.Ordinal);
        Assert.Empty(inside.Faults);
    }

    [Theory]
    [InlineData("slack", "WebhookUrl")]
    [InlineData("webhook", "Url")]
    public void Plain_http_is_for_inside(string type, string key)
    {
        (string Key, string? Value)[] settings = [.. Good[type].Where(setting => setting.Key != key), (key, "http://relay.internal/s3cret")];
        using var outside = new NotifierHost(settings);
        using var inside = new NotifierHost([.. settings, ("AllowPrivateAddresses", "true")]);

        Assert.StartsWith($"Notifiers:secops:{key} must be an absolute https URL", Assert.Single(outside.Faults), StringComparison.Ordinal);
        Assert.Empty(inside.Faults);
    }

    [Theory]
    [InlineData("StartTls", 587)]
    [InlineData("Tls", 465)]
    [InlineData("None", 25)]
    public void The_port_follows_from_the_security(string security, int port)
    {
        using var host = new NotifierHost([.. Good["email"], ("Security", security)]);

        Assert.Equal($"ada@example.com via smtp.example.com:{port}", host.Notifier.Destination);
    }

    [Fact]
    public void What_may_be_a_secret_is_text_for_the_binder_would_print_anything_else()
    {
        Assert.All(
            [(typeof(SlackOptions), "WebhookUrl"), (typeof(EmailOptions), "Password"), (typeof(WebhookOptions), "Url"), (typeof(WebhookOptions), "Secret")],
            option => Assert.Equal(typeof(string), option.Item1.GetProperty(option.Item2)!.PropertyType));
    }
}
