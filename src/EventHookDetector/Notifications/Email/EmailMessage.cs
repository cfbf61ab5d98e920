using System.Text;
using EventHookDetector.Alerts;
using MimeKit;

namespace EventHookDetector.Notifications.Email;

/// <summary>A notice as a mail that threads, is not answered by machines, and reads well without HTML too.</summary>
internal static class EmailMessage
{
    private const int LongestSubject = 200;

    /// <summary>Names come from outside, and a server refuses for good what is too long: then nobody would hear of it.</summary>
    public const int LongestLine = 4000;

    public static MimeMessage About(Notice notice, EmailOptions options, DateTimeOffset now)
    {
        var from = EmailOptions.ReadAddress(options.From)!;
        // The same for every mail of one thread. Nobody ever sent it, but mail programs file by it all the same.
        var root = IdOf("thread", notice.Thread, from);

        var mail = new MimeMessage
        {
            Subject = ForeignText.OneLine(notice.Title, LongestSubject),
            Date = now,
            // The same for every attempt, so that a mail sent twice by mischance is shown once.
            MessageId = IdOf("notification", notice.Id, from),
            InReplyTo = root,
            Body = new BodyBuilder { TextBody = TextOf(notice), HtmlBody = EmailHtml.Of(notice) }.ToMessageBody(),
        };
        mail.From.Add(from);
        mail.To.AddRange(options.To.Select(EmailOptions.ReadAddress).OfType<MailboxAddress>());
        mail.References.Add(root);
        if (notice.Severity is { } severity) AddPriority(mail.Headers, severity);
        mail.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        mail.Headers.Add("X-Auto-Response-Suppress", "All");
        mail.Headers.Add(HeaderId.ListId, $"EventHookDetector <eventhookdetector.{from.Domain}>");
        return mail;
    }

    // Outlook reads the first, most other mail programs the second.
    private static void AddPriority(HeaderList headers, AlertSeverity severity)
    {
        var (importance, priority) = severity switch
        {
            AlertSeverity.Critical => ("high", "1"),
            AlertSeverity.High => ("high", "2"),
            _ => ("normal", "3"),
        };
        headers.Add(HeaderId.Importance, importance);
        headers.Add(HeaderId.XPriority, priority);
    }

    private static string TextOf(Notice notice)
    {
        var text = new StringBuilder();
        if (notice.RaisedBecause is { } because) text.AppendLine($"Raised because: {ForeignText.OneLine(because, LongestLine)}").AppendLine();
        text.AppendLine(ForeignText.OneLine(notice.Summary, LongestLine)).AppendLine();
        foreach (var fact in notice.Facts) text.AppendLine($"{ForeignText.OneLine(fact.Label)}: {ForeignText.OneLine(fact.Value, LongestLine)}");

        if (notice.NextSteps.Count > 0) text.AppendLine().AppendLine("Next steps");
        foreach (var (index, step) in notice.NextSteps.Index()) text.AppendLine($"{index + 1}. {ForeignText.OneLine(step, LongestLine)}");

        if (notice.Link is { } link) text.AppendLine().AppendLine($"Read on: {link.AbsoluteUri}");
        return text.ToString();
    }

    private static string IdOf(string kind, string id, MailboxAddress from) =>
        $"{kind}.{string.Concat(id.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-'))}@{MailboxAddress.IdnMapping.Encode(from.Domain)}";
}
