using System.Net.Security;

namespace EventHookDetector.Notifications.Email;

/// <summary>Hands one mail for all recipients to an SMTP server.</summary>
/// <param name="trust">For tests: accepts their server's certificate. No configuration leads here.</param>
internal sealed class EmailNotifier(string name, EmailOptions options, TimeProvider clock, RemoteCertificateValidationCallback? trust = null) : INotifier
{
    // AUTH PLAIN sends the second one, in base64.
    private readonly EmailAnswer _answer = new(
        name, options.Password is { Length: > 0 } password ? new Redaction(password, $"\0{options.Username}\0{password}") : new Redaction());

    public string Name => name;

    public NotifierOptions Options => options;

    public string Destination => $"{string.Join(", ", options.To)} via {options.Host}:{options.PortInUse}";

    public async Task<NotificationResult> NotifyAsync(Notice notice, CancellationToken cancellationToken)
    {
        using var mail = EmailMessage.About(notice, options, clock.GetUtcNow());
        using var smtp = new SmtpConversation(trust);
        try
        {
            return _answer.Judge(await smtp.SendAsync(mail, options, cancellationToken), smtp.Refused);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return _answer.Judge(fault, smtp);
        }
    }
}
