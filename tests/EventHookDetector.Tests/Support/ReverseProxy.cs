using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EventHookDetector.Tests.Support;

/// <summary>The real nginx or Caddy before a detector, as deploy/reverse-proxy configures it but for ports, names and the certificate.</summary>
internal sealed class ReverseProxy : IAsyncDisposable
{
    /// <summary>Not where the proxy itself comes from, so that the two can be told apart.</summary>
    public static readonly IPAddress Client = IPAddress.Parse("127.0.0.2");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("proxy-");
    private readonly Process _process;
    private readonly Task<string> _said;

    private ReverseProxy(string name, int upstream, string inner)
    {
        using var certificate = TestCertificate.Create();
        var hash = certificate.GetCertHashString();
        File.WriteAllText(InFolder("tls.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(InFolder("tls.key"), certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var port = FreePort.Find();
        var start = name == "nginx" ? Nginx(port, upstream, inner) : Caddy(port, upstream, inner);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["HOME"] = _folder.FullName;
        _process = Process.Start(start)!;
        _process.StandardOutput.Close();
        _said = _process.StandardError.ReadToEndAsync();
        Http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(port, cancellationToken), ownsSocket: true),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == hash },
        })
        { BaseAddress = new Uri($"https://localhost:{port}") };
    }

    /// <summary>Comes from <see cref="Client"/>.</summary>
    public HttpClient Http { get; }

    /// <param name="isInside">Whether the client's network is one that may reach the operators' routes.</param>
    public static async Task<ReverseProxy> StartAsync(string name, DetectorApp detector, bool isInside = true)
    {
        Assert.SkipUnless(Tool.TryRun(name, name == "nginx" ? "-v" : "version"), $"{name} is not installed: run tests/run.sh, which fetches it");

        detector.OnKestrel = true;
        var proxy = new ReverseProxy(name, detector.Http.BaseAddress!.Port, isInside ? "127.0.0.0/8" : "203.0.113.0/24");
        while (true)
        {
            try
            {
                using var socket = await ConnectAsync(proxy.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
                return proxy;
            }
            catch (SocketException) when (!proxy._process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            }
            catch (SocketException fault)
            {
                throw new InvalidOperationException($"{name} has ended: {await proxy._said}", fault);
            }
        }
    }

    /// <summary>Asks for exactly this path, however it is spelt.</summary>
    public Task<HttpResponseMessage> AskAsync(string path, HttpMethod? method = null, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri($"{Http.BaseAddress!.ToString().TrimEnd('/')}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = content,
        };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);   // a stream has no end
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        await _said;
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(Client, 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private ProcessStartInfo Nginx(int port, int upstream, string inner)
    {
        var site = Replaced(
            "deploy/reverse-proxy/nginx.conf",
            ("server 127.0.0.1:8080;", $"server 127.0.0.1:{upstream};"),
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{port} ssl http2;"),
            ("listen [::]:443 ssl http2;", ""),
            ("listen 80;", $"listen 127.0.0.1:{FreePort.Find()};"),
            ("listen [::]:80;", ""),
            ("/etc/nginx/tls/detector.example.com.pem", InFolder("tls.pem")),
            ("/etc/nginx/tls/detector.example.com.key", InFolder("tls.key")),
            ("detector.example.com", "localhost"),
            ("allow 127.0.0.0/8;", $"allow {inner};"));
        var temporary = string.Join(' ', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {InFolder(kind)};"));
        File.WriteAllText(InFolder("nginx.conf"), $"daemon off; master_process off; pid {InFolder("pid")}; events {{ }} http {{ access_log off; {temporary}\n{site}\n}}");
        return new ProcessStartInfo("nginx", ["-e", "stderr", "-p", _folder.FullName, "-c", InFolder("nginx.conf")]);
    }

    private ProcessStartInfo Caddy(int port, int upstream, string inner)
    {
        var site = Replaced(
            "deploy/reverse-proxy/Caddyfile",
            ("detector.example.com {", $"https://localhost:{port} {{\nbind 127.0.0.1\ntls {InFolder("tls.pem")} {InFolder("tls.key")}\n"),
            ("127.0.0.1:8080", $"127.0.0.1:{upstream}"),
            ("remote_ip private_ranges", inner == "127.0.0.0/8" ? "remote_ip private_ranges" : $"remote_ip {inner}"));
        File.WriteAllText(InFolder("Caddyfile"), $"{{\nadmin off\nauto_https disable_redirects\nskip_install_trust\n}}\n{site}");
        return new ProcessStartInfo("caddy", ["run", "--config", InFolder("Caddyfile"), "--adapter", "caddyfile"]);
    }

    private static string Replaced(string file, params (string Old, string New)[] changes) => changes.Aggregate(Repository.Read(file), (text, change) =>
    {
        Assert.Contains(change.Old, text, StringComparison.Ordinal);
        return text.Replace(change.Old, change.New, StringComparison.Ordinal);
    });

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
