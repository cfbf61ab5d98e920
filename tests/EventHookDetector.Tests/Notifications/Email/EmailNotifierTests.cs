using EventHookDetector.Notifications;
using EventHookDetector.Notifications.Email;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications.Email;

[Trait("Engine", "Any")]
public sealed class EmailNotifierTests : NotifierContract
{
    private const string User = "okta-alerts";
    private const string Password = "c0rrect-h0rse-battery";

    protected override IReadOnlyList<string> Secrets => [Password, $"\0{User}\0{Password}"];

    protected override (string Key, string? Value) Address(string host) => ("Host", host);

    protected override async Task<IReadOnlyList<(string Key, string? Value)>> ConfigureAsync(FarEnd farEnd)
    {
        var (host, port, security) = farEnd switch
        {
            FarEnd.RefusesConnections => ("127.0.0.1", Keep(new ClosedPort()).Number, "None"),
            FarEnd.HasNoAddress => ("no-such-host.invalid", 587, "StartTls"),
            FarEnd.LiesWhereNobodyMayGo => ("169.254.169.254", 587, "StartTls"),
            FarEnd.HasAnUntrustedCertificate => ("127.0.0.1", await StartAsync(new("StartTls", User, Password)), "StartTls"),
            FarEnd.RefusesAndRepeatsWhatItGot => ("127.0.0.1", await StartAsync(new("None", User, Password) { RefuseLogin = true }), "None"),
            FarEnd.Fails => ("127.0.0.1", await StartAsync(new("None", User, Password) { RefuseMail = 451 }), "None"),
            _ => ("127.0.0.1", await StartAsync(new("None", User, Password)), "None"),
        };
        return
        [
            ("Type", "email"), ("Host", host), ("Port", port.ToString()), ("Security", security), ("AllowPrivateAddresses", "true"),
            ("Username", User), ("Password", Password), ("From", "okta-alerts@example.com"), ("To:0", "soc@example.com"),
        ];
    }

    [Theory]
    [InlineData("StartTls")]
    [InlineData("Tls")]
    public async Task A_mail_goes_out_over_TLS_and_with_a_login(string security)
    {
        var server = Keep(await SmtpServer.StartAsync(new(security, User, Password)));

        var result = await NotifyAsync(server, Enum.Parse<EmailSecurity>(security), login: true);

        Assert.Equal("250 taken", Assert.IsType<NotificationResult.Sent>(result).Answer);
        var mail = await server.NextMailAsync();
        Assert.True(mail.Secure);
        Assert.Equal(User, mail.User);
        Assert.Equal(["soc@example.com", "oncall@example.com"], mail.Recipients);
        Assert.Equal("MFA factors of ada@example.com were reset", mail.Read().Subject);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_gets_nothing()
    {
        var server = Keep(await SmtpServer.StartAsync(new("Tls", User, Password)));

        var result = await new EmailNotifier("secops", Options(server, EmailSecurity.Tls, login: true), TimeProvider.System)
            .NotifyAsync(SomeNotice.About("ada@example.com"), TestContext.Current.CancellationToken);

        Assert.Contains("must be valid for Notifiers:secops:Host", Assert.IsType<NotificationResult.Retry>(result).Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_nothing_and_the_answer_names_Security()
    {
        var server = Keep(await SmtpServer.StartAsync(new("None")));

        var result = await NotifyAsync(server, EmailSecurity.StartTls);

        Assert.Contains("set Notifiers:secops:Security", Assert.IsType<NotificationResult.GiveUp>(result).Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_login_names_the_keys_and_is_tried_again_slowly()
    {
        var server = Keep(await SmtpServer.StartAsync(new("StartTls", User, "another")));

        var retry = Assert.IsType<NotificationResult.Retry>(await NotifyAsync(server, EmailSecurity.StartTls, login: true));

        Assert.Contains("Notifiers:secops:Username and Notifiers:secops:Password", retry.Answer, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(15), retry.After);
    }

    [Fact]
    public async Task A_server_that_demands_a_login_says_so()
    {
        var server = Keep(await SmtpServer.StartAsync(new("StartTls", User, Password)));

        var retry = Assert.IsType<NotificationResult.Retry>(await NotifyAsync(server, EmailSecurity.StartTls));

        Assert.Contains("set Notifiers:secops:Username", retry.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_refused_recipient_does_not_keep_the_mail_from_the_others()
    {
        var server = Keep(await SmtpServer.StartAsync(new() { RefuseRecipients = new Dictionary<string, int> { ["soc@example.com"] = 550 } }));

        var sent = Assert.IsType<NotificationResult.Sent>(await NotifyAsync(server, EmailSecurity.None));

        Assert.Equal(["oncall@example.com"], (await server.NextMailAsync()).Recipients);
        Assert.Contains("not for soc@example.com (550 this mailbox does not want it)", sent.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(550, 550, typeof(NotificationResult.GiveUp))]
    [InlineData(550, 450, typeof(NotificationResult.Retry))]
    public async Task If_all_are_refused_it_is_tried_again_as_long_as_one_of_them_may_pass(int first, int second, Type expected)
    {
        var server = Keep(await SmtpServer.StartAsync(
            new() { RefuseRecipients = new Dictionary<string, int> { ["soc@example.com"] = first, ["oncall@example.com"] = second } }));

        var result = await NotifyAsync(server, EmailSecurity.None);

        Assert.IsType(expected, result);
        Assert.Contains("soc@example.com (550", result.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(451, typeof(NotificationResult.Retry))]
    [InlineData(452, typeof(NotificationResult.Retry))]
    [InlineData(554, typeof(NotificationResult.GiveUp))]
    public async Task What_begins_with_4_passes_and_what_begins_with_5_stays(int code, Type expected)
    {
        var server = Keep(await SmtpServer.StartAsync(new() { RefuseMail = code }));

        var result = await NotifyAsync(server, EmailSecurity.None);

        Assert.IsType(expected, result);
        Assert.Contains($"{code} not now, or never", result.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_refused_recipient_does_not_hide_that_the_others_may_yet_get_it()
    {
        var server = Keep(await SmtpServer.StartAsync(
            new() { RefuseRecipients = new Dictionary<string, int> { ["soc@example.com"] = 550 }, RefuseMail = 451 }));

        var retry = Assert.IsType<NotificationResult.Retry>(await NotifyAsync(server, EmailSecurity.None));

        Assert.StartsWith("451 ", retry.Answer, StringComparison.Ordinal);
    }

    private async Task<int> StartAsync(SmtpBehavior behavior) => Keep(await SmtpServer.StartAsync(behavior)).Port;

    private static Task<NotificationResult> NotifyAsync(SmtpServer server, EmailSecurity security, bool login = false) =>
        new EmailNotifier("secops", Options(server, security, login), TimeProvider.System, trust: (_, certificate, _, _) => certificate?.GetCertHashString() == server.CertificateHash)
            .NotifyAsync(SomeNotice.About("ada@example.com"), TestContext.Current.CancellationToken);

    private static EmailOptions Options(SmtpServer server, EmailSecurity security, bool login) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Security = security,
        AllowPrivateAddresses = true,
        Username = login ? User : null,
        Password = login ? Password : null,
        From = "okta-alerts@example.com",
        To = ["soc@example.com", "oncall@example.com"],
    };
}
