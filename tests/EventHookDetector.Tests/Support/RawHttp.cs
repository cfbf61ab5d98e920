using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventHookDetector.Tests.Support;

/// <summary>A connection on which any bytes can be sent. Each char stands for one byte.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly TcpClient _client = new();

    public static async Task<RawHttp> ConnectAsync(Uri detector)
    {
        var raw = new RawHttp();
        await raw._client.ConnectAsync(IPAddress.Loopback, detector.Port, TestContext.Current.CancellationToken);
        return raw;
    }

    /// <summary>A delivery with further header lines.</summary>
    public static string Delivery(string body, string headers = "", string secret = DetectorApp.Secret) =>
        $"POST {DetectorApp.HookPath} HTTP/1.1\r\nHost: x\r\nAuthorization: {secret}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}";

    public async Task SendAsync(string bytes) =>
        await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(bytes), TestContext.Current.CancellationToken);

    /// <summary>The status code of the next answer, and the answer up to this text or to the end of the connection.</summary>
    public async Task<(int Status, string Answer)> ReadAsync(string until = "\r\n\r\n")
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (!Encoding.Latin1.GetString(buffer, 0, length).Contains(until, StringComparison.Ordinal))
        {
            var read = await _client.GetStream().ReadAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            if (read == 0) break;
            length += read;
        }

        var answer = Encoding.UTF8.GetString(buffer, 0, length);
        return (answer.Length == 0 ? 0 : int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), answer);
    }

    public void Dispose() => _client.Dispose();
}
