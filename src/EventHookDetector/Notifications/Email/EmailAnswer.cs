using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace EventHookDetector.Notifications.Email;

/// <summary>What an SMTP server said, or what kept us from it, in words: 4xx passes, 5xx stays.</summary>
internal sealed class EmailAnswer(string notifier, Redaction redaction)
{
    /// <summary>Not sooner: a server that sees many failed logins locks the account, and somebody has to change a key first.</summary>
    private static readonly TimeSpan AfterRefusedLogin = TimeSpan.FromMinutes(15);

    // The others have it. To send it again for one address would wake them twice, so the answer says who is missing.
    public NotificationResult.Sent Judge(string answer, IReadOnlyList<RefusedRecipient> refused) => new(redaction.Clean(
        refused.Count == 0 ? $"250 {answer}" : $"Accepted, but not for {string.Join(", ", refused)}; check {Key("To")}. 250 {answer}"));

    public NotificationResult Judge(Exception fault, SmtpConversation smtp) => fault switch
    {
        SmtpCommandException when smtp.IsRefusedForAll => JudgeRefused(smtp.Refused),
        SmtpCommandException { StatusCode: SmtpStatusCode.AuthenticationRequired } or ServiceNotAuthenticatedException =>
            Retry($"The server demands a login; set {Key("Username")} and {Key("Password")}. It said: {fault.Message}", AfterRefusedLogin),
        AuthenticationException =>
            Retry($"The server refused the login; check {Key("Username")} and {Key("Password")}. It said: {fault.Message}", AfterRefusedLogin),
        SmtpCommandException refused => JudgeCommand(refused),
        SslHandshakeException => Retry(
            $"No secure connection; the certificate must be valid for {Key("Host")} and trusted here, and {Key("Security")} must suit {Key("Port")}. {fault.Message}"),
        NotSupportedException when smtp.IsConnected =>
            GiveUp($"The server offers no login by PLAIN or LOGIN; remove {Key("Username")} and {Key("Password")}, or use another {Key("Host")}."),
        NotSupportedException =>
            GiveUp($"The server does not offer STARTTLS; set {Key("Security")} to Tls if it speaks TLS from the start, or to None for a relay inside your network."),
        _ => ConnectionTrouble.Describe(fault, notifier, redaction),
    };

    private NotificationResult JudgeRefused(IReadOnlyList<RefusedRecipient> refused)
    {
        var words = $"No recipient was accepted: {string.Join(", ", refused)}.";
        return refused.Any(recipient => recipient.Code < 500) ? Retry(words) : GiveUp($"{words} Check {Key("To")}.");
    }

    private NotificationResult JudgeCommand(SmtpCommandException refused)
    {
        var words = $"{(int)refused.StatusCode} {refused.Message}";
        return (int)refused.StatusCode < 500 ? Retry(words)
            : refused.ErrorCode == SmtpErrorCode.SenderNotAccepted ? GiveUp($"{words} The sender was refused: check {Key("From")}.")
            : GiveUp(words);
    }

    private NotificationResult.Retry Retry(string words, TimeSpan? after = null) => new(redaction.Clean(words), after);

    private NotificationResult.GiveUp GiveUp(string words) => new(redaction.Clean(words));

    private string Key(string name) => $"Notifiers:{notifier}:{name}";
}
