using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MimeKit;

namespace EventHookDetector.Tests.Support;

/// <summary>A real SMTP server on a free port, which keeps what it accepts.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly Process _node = Node.Start("smtp-server.js");

    private SmtpServer()
    {
    }

    public int Port { get; private set; }

    /// <summary>By which its certificate is known; nobody else vouches for it.</summary>
    public string CertificateHash { get; private set; } = "";

    public static async Task<SmtpServer> StartAsync(SmtpBehavior behavior)
    {
        var server = new SmtpServer();
        using var certificate = TestCertificate.Create();
        server.CertificateHash = certificate.GetCertHashString();
        await server._node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(
            new
            {
                behavior.Security,
                behavior.User,
                behavior.Password,
                behavior.RefuseLogin,
                behavior.RefuseRecipients,
                behavior.RefuseMail,
                certificate = certificate.ExportCertificatePem(),
                key = certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem(),
            },
            JsonSerializerOptions.Web));
        await server._node.StandardInput.FlushAsync();
        server.Port = (await server.ReadAsync()).GetProperty("port").GetInt32();
        return server;
    }

    /// <summary>The next mail it accepted; it prints a mail before it says that it took it.</summary>
    public async Task<ReceivedMail> NextMailAsync() => (await ReadAsync()).GetProperty("mail").Deserialize<ReceivedMail>(JsonSerializerOptions.Web)!;

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }

    private async Task<JsonElement> ReadAsync()
    {
        var line = await _node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return JsonSerializer.Deserialize<JsonElement>(line ?? throw new InvalidOperationException("The SMTP server has ended."));
    }
}

/// <summary>How it behaves; by default it takes everything, without TLS and without a login.</summary>
internal sealed record SmtpBehavior(string Security = "None", string? User = null, string? Password = null)
{
    public bool RefuseLogin { get; init; }

    /// <summary>The code for each recipient that is refused.</summary>
    public IReadOnlyDictionary<string, int> RefuseRecipients { get; init; } = new Dictionary<string, int>();

    /// <summary>The code for every mail, if they are refused; 0 takes them.</summary>
    public int RefuseMail { get; init; }
}

internal sealed record ReceivedMail(string Text, IReadOnlyList<string> Recipients, bool Secure, string? User)
{
    public MimeMessage Read() => MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Text)));
}
