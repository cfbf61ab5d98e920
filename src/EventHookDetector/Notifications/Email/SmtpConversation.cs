using System.Net.Security;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace EventHookDetector.Notifications.Email;

/// <summary>One connection to an SMTP server, one mail. A recipient who is refused does not keep the mail from the others.</summary>
internal sealed class SmtpConversation : SmtpClient
{
    private static readonly string[] Mechanisms = ["PLAIN", "LOGIN"];

    private readonly List<RefusedRecipient> _refused = [];

    public SmtpConversation(RemoteCertificateValidationCallback? trust)
    {
        ServerCertificateValidationCallback = trust;
        // As for HTTP: a list of revoked certificates that cannot be fetched must not silence the alerts.
        CheckCertificateRevocation = false;
    }

    public IReadOnlyList<RefusedRecipient> Refused => _refused;

    /// <summary>Whether nobody is left to send it to.</summary>
    public bool IsRefusedForAll { get; private set; }

    /// <returns>What the server said last.</returns>
    public async Task<string> SendAsync(MimeMessage mail, EmailOptions options, CancellationToken cancellationToken)
    {
        await using var stream = await GuardedConnection.OpenAsync(
            options.Host, options.PortInUse, options.AllowPrivateAddresses, cancellationToken);
        await ConnectAsync(stream, options.Host, options.PortInUse, ToSocketOptions(options.Security), cancellationToken);
        if (options is { Username.Length: > 0, Password: { } password })
        {
            // The others need more than a password, or a try each that counts as a failed login.
            AuthenticationMechanisms.IntersectWith(Mechanisms);
            await AuthenticateAsync(options.Username, password, cancellationToken);
        }

        var answer = await SendAsync(mail, cancellationToken);
        await QuitAsync(cancellationToken);
        return answer;
    }

    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        _refused.Add(new(mailbox.Address, (int)response.StatusCode, response.Response));

    protected override void OnNoRecipientsAccepted(MimeMessage message) => IsRefusedForAll = true;

    private async Task QuitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception)
        {
            // The mail is accepted; how the goodbye went must not have it sent again.
        }
    }

    private static SecureSocketOptions ToSocketOptions(EmailSecurity security) => security switch
    {
        EmailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        EmailSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };
}

/// <summary>Whom the server would not take the mail for, and what it said.</summary>
internal sealed record RefusedRecipient(string Address, int Code, string Reason)
{
    public override string ToString() => $"{Address} ({Code} {Reason})";
}
