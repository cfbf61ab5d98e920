using FluentValidation;
using MimeKit;

namespace EventHookDetector.Notifications.Email;

/// <summary>Mail, through an SMTP server of one's own or one's provider.</summary>
internal sealed class EmailOptions : NotifierOptions
{
    public EmailOptions() => PerSecond = 5;

    /// <summary>The SMTP server's name; its certificate must be valid for it.</summary>
    public string Host { get; set; } = "";

    /// <summary>Default: 587 with StartTls, 465 with Tls, 25 with None.</summary>
    public int? Port { get; set; }

    /// <summary>How the connection is secured. Default: StartTls, and then a server that does not offer it gets nothing.</summary>
    public EmailSecurity Security { get; set; } = EmailSecurity.StartTls;

    /// <summary>Whom to log in as. Default: nobody, as inner relays have it.</summary>
    public string? Username { get; set; }

    /// <summary>A credential; goes together with <see cref="Username"/>.</summary>
    public string? Password { get; set; }

    /// <summary>The sender, such as <c>EventHookDetector &lt;okta-alerts@example.com&gt;</c>.</summary>
    public string From { get; set; } = "";

    /// <summary>Who gets the mail; each sees the others.</summary>
    public List<string> To { get; set; } = [];

    internal int PortInUse => Port ?? Security switch { EmailSecurity.StartTls => 587, EmailSecurity.Tls => 465, _ => 25 };

    internal static MailboxAddress? ReadAddress(string? text) =>
        text is not null && MailboxAddress.TryParse(text, out var read) && read.Address.Split('@') is [{ Length: > 0 }, { Length: > 0 }] ? read : null;

    internal sealed class Validator : CommonRules<EmailOptions>
    {
        public Validator()
        {
            RuleFor(o => o.Host)
                .Must(host => Uri.CheckHostName(host) != UriHostNameType.Unknown)
                .WithMessage("must be the name of an SMTP server, such as smtp.example.com");

            RuleFor(o => o.Port)
                .InclusiveBetween(1, 65535)
                .WithMessage("must lie between 1 and 65535");

            // Inside one's own network a relay without TLS may be all there is; across the world it would tell everybody.
            RuleFor(o => o.Security)
                .NotEqual(EmailSecurity.None)
                .When(o => !string.IsNullOrEmpty(o.Username) && !o.AllowPrivateAddresses)
                .WithMessage("must be StartTls or Tls while Username is set, or the password would travel in the clear (None only together with AllowPrivateAddresses)");

            RuleFor(o => o.Password)
                .Must((options, password) => string.IsNullOrEmpty(password) == string.IsNullOrEmpty(options.Username))
                .WithMessage("goes together with Username: set both or neither");

            RuleFor(o => o.From)
                .Must(address => ReadAddress(address) is not null)
                .WithMessage("must be a mail address, such as okta-alerts@example.com");

            RuleFor(o => o.To)
                .NotEmpty()
                .WithMessage("must name at least one recipient, as key To:0");

            RuleForEach(o => o.To)
                .Must(address => ReadAddress(address) is not null)
                .WithMessage("must be a mail address, such as soc@example.com");
        }
    }
}

/// <summary>How a connection to an SMTP server is secured.</summary>
internal enum EmailSecurity
{
    /// <summary>Not at all: for a relay inside one's own network.</summary>
    None,

    /// <summary>It starts in the clear and must turn to TLS before anything is said.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
}
