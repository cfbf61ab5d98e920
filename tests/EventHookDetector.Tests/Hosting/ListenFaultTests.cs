using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

public sealed class ListenFaultTests : IAsyncDisposable
{
    private readonly DetectorProcess _detector = new DetectorProcess().WithSecretAndKey();
    private readonly TcpListener _other = new(IPAddress.Loopback, 0);

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}", "ASPNETCORE_URLS (--urls) names http://127.0.0.1:{0}, which another program uses")]
    [InlineData("ASPNETCORE_URLS", "http://localhost:{0}", "ASPNETCORE_URLS (--urls) names http://localhost:{0}, which another program uses")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}", "ASPNETCORE_HTTP_PORTS names http://*:{0}, which another program uses")]
    [InlineData("Listen:Metrics", "http://127.0.0.1:{0}", "Listen:Metrics names http://127.0.0.1:{0}, which another program uses")]
    [InlineData("Kestrel:Endpoints:hook:Url", "http://127.0.0.1:{0}", "Kestrel:Endpoints:hook:Url names http://127.0.0.1:{0}, which another program uses")]
    [InlineData("ASPNETCORE_URLS", "http://192.0.2.1:{0}", "ASPNETCORE_URLS (--urls) names http://192.0.2.1:{0}, which is no address of this machine")]
    public async Task An_address_that_cannot_be_had_is_named_with_its_setting(string key, string address, string fault)
    {
        _other.Start();
        if (key is not "Listen:Metrics") _detector.Settings.Remove("ASPNETCORE_URLS");
        _detector.Settings[key] = WithPort(address);

        Assert.StartsWith(WithPort(fault), await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "nonsense", "ASPNETCORE_URLS (--urls) must hold addresses such as http://127.0.0.1:8080")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0/path", "ASPNETCORE_URLS (--urls) must hold addresses without a path")]
    [InlineData("ASPNETCORE_URLS", "ftp://127.0.0.1:21", "ASPNETCORE_URLS (--urls) must hold addresses that begin with")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:port", "ASPNETCORE_URLS (--urls) must hold ports that are numbers")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "eighty", "ASPNETCORE_HTTP_PORTS must hold ports that are numbers")]
    [InlineData("Kestrel:Endpoints:hook:Url", "nonsense", "Kestrel:Endpoints:hook:Url must hold addresses such as")]
    [InlineData("Logging:LogLevel:Default", "Loud", "A setting cannot be used: Configuration value 'Loud' is not supported")]
    public async Task A_setting_of_the_framework_that_cannot_be_read_is_refused(string key, string value, string fault)
    {
        if (!key.StartsWith("Logging", StringComparison.Ordinal)) _detector.Settings.Remove("ASPNETCORE_URLS");
        _detector.Settings[key] = value;

        Assert.StartsWith(fault, await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_development_an_address_that_cannot_be_had_is_one_line_too()
    {
        _other.Start();
        _detector.Settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        _detector.Settings["ASPNETCORE_URLS"] = WithPort("http://127.0.0.1:{0}");

        Assert.StartsWith("ASPNETCORE_URLS (--urls) names", await _detector.FaultAsync(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _other.Dispose();
        await _detector.DisposeAsync();
    }

    private string WithPort(string text) =>
        text.Replace("{0}", _other.Server.IsBound ? ((IPEndPoint)_other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture) : "", StringComparison.Ordinal);
}
