using EventHookDetector.Alerts;
using EventHookDetector.Notifications;
using EventHookDetector.Notifications.Email;
using MimeKit;

namespace EventHookDetector.Tests.Notifications.Email;

[Trait("Engine", "Any")]
public sealed class EmailMessageTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly EmailOptions Options = new()
    {
        From = "EventHookDetector <okta-alerts@example.com>",
        To = ["SOC <soc@example.com>", "oncall@example.com"],
    };

    [Fact]
    public void Text_and_HTML_tell_the_same()
    {
        var mail = Compose(SomeNotice.About("ada@example.com"));

        foreach (var body in new[] { mail.TextBody, mail.HtmlBody })
        {
            Assert.Contains("All MFA factors of ada@example.com were reset by eve@example.com", body, StringComparison.Ordinal);
            Assert.Contains("198.51.100.23", body, StringComparison.Ordinal);
            Assert.Contains("End the account", body, StringComparison.Ordinal);
            Assert.Contains("https://detector.example.com/api/alerts/1?a=1&", body, StringComparison.Ordinal);
        }

        Assert.True(mail.Body!.ContentType.IsMimeType("multipart", "alternative"));
        Assert.Equal("MFA factors of ada@example.com were reset", mail.Subject);
        Assert.Equal(["soc@example.com", "oncall@example.com"], mail.To.Mailboxes.Select(mailbox => mailbox.Address));
    }

    [Fact]
    public void A_name_without_end_makes_no_mail_that_a_server_refuses()
    {
        var mail = Compose(SomeNotice.About(new string('x', 1_000_000)));

        Assert.InRange(mail.TextBody!.Length + mail.HtmlBody!.Length, 0, 50_000);
        Assert.Contains("198.51.100.23", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public void Machines_do_not_answer_it_and_lists_can_sort_it()
    {
        var mail = Compose(SomeNotice.About("ada@example.com"));

        Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        Assert.Equal("All", mail.Headers["X-Auto-Response-Suppress"]);
        Assert.Equal("EventHookDetector <eventhookdetector.example.com>", mail.Headers["List-Id"]);
    }

    [Fact]
    public void Mails_about_one_thing_are_one_thread()
    {
        var first = Compose(SomeNotice.About("ada@example.com"));
        var again = Compose(SomeNotice.About("ada@example.com"));
        var later = Compose(SomeNotice.About("ada@example.com") with { Id = "another" });
        var other = Compose(SomeNotice.About("bob@example.com") with { Id = "third", Thread = "rule|1|2" });

        Assert.Equal(first.MessageId, again.MessageId);
        Assert.NotEqual(first.MessageId, later.MessageId);
        Assert.Equal(first.InReplyTo, later.InReplyTo);
        Assert.Equal(first.InReplyTo, Assert.Single(first.References));
        Assert.NotEqual(first.InReplyTo, other.InReplyTo);
    }

    [Fact]
    public void A_line_break_in_a_name_starts_no_header()
    {
        var mail = Compose(SomeNotice.About("ada\r\nBcc: eve@example.com\r\n\r\n<b>"));

        Assert.Null(mail.Headers["Bcc"]);
        Assert.Empty(mail.Bcc);
        Assert.StartsWith("MFA factors of ada  Bcc: eve@example.com", mail.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("\nBcc:", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_in_a_name_is_shown_and_not_obeyed()
    {
        var mail = Compose(SomeNotice.About("<img src=x onerror='alert(1)'> & \"co\""));

        Assert.DoesNotContain("<img", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("<img src=x", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public void A_raised_severity_leads_subject_and_text_and_is_marked_as_urgent()
    {
        var mail = Compose(SomeNotice.Raised(AlertSeverity.Critical, "It was done with an API token."));

        Assert.Equal("Critical 🔴 MFA factors of ada@example.com were reset", mail.Subject);
        Assert.Equal(("high", "1"), (mail.Headers["Importance"], mail.Headers["X-Priority"]));
        Assert.StartsWith("Raised because: It was done with an API token.", mail.TextBody, StringComparison.Ordinal);
        Assert.Matches("</h2>\\s*<p><strong>Raised because:</strong> It was done with an API token.</p>", mail.HtmlBody);
    }

    [Theory]
    [InlineData("High", "high", "2")]
    [InlineData("Medium", "normal", "3")]
    [InlineData("Low", "normal", "3")]
    public void A_mail_is_as_important_as_its_alert_is_severe(string severity, string importance, string priority)
    {
        var mail = Compose(SomeNotice.About("ada@example.com") with { Severity = Enum.Parse<AlertSeverity>(severity) });

        Assert.Equal((importance, priority), (mail.Headers["Importance"], mail.Headers["X-Priority"]));
        Assert.Equal("MFA factors of ada@example.com were reset", mail.Subject);
        Assert.DoesNotContain("Raised because", mail.TextBody + mail.HtmlBody, StringComparison.Ordinal);
    }

    private static MimeMessage Compose(Notice notice)
    {
        // Written and read again, as the far end sees it.
        using var stream = new MemoryStream();
        using var mail = EmailMessage.About(notice, Options, Now);
        mail.WriteTo(stream);
        stream.Position = 0;
        return MimeMessage.Load(stream);
    }
}
