using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventHookDetector.Tests.Support;

/// <summary>States that it is PostgreSQL of some version, agrees to every statement, and does none.</summary>
/// <remarks>https://www.postgresql.org/docs/current/protocol-message-formats.html</remarks>
internal sealed class OldPostgreSql : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _version;
    private readonly Task _serving;

    public OldPostgreSql(string version)
    {
        _version = version;
        _listener.Start();
        _serving = ServeAsync();
    }

    public string ConnectionString =>
        $"Host=127.0.0.1;Port={((IPEndPoint)_listener.LocalEndpoint).Port};Database=d;Username=u;SSL Mode=Disable;GSS Encryption Mode=Disable;Server Compatibility Mode=NoTypeLoading";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        while (!_stop.IsCancellationRequested) connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        await Task.WhenAll(connections);
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        var stream = client.GetStream();
        await ReadAsync(stream, hasType: false);
        await stream.WriteAsync((byte[])[.. Message('R', [0, 0, 0, 0]), .. Message('S', Encoding.ASCII.GetBytes($"server_version\0{_version}\0")), .. Message('Z', "I"u8)], _stop.Token);
        while (true)
        {
            byte[] answer = await ReadAsync(stream, hasType: true) switch
            {
                'P' => Message('1', []),
                'B' => Message('2', []),
                'D' => Message('n', []),
                'E' => Message('C', "SET\0"u8),
                'S' => Message('Z', "I"u8),
                _ => [],
            };
            await stream.WriteAsync(answer, _stop.Token);
        }
    }

    private async Task<char> ReadAsync(NetworkStream stream, bool hasType)
    {
        var head = new byte[hasType ? 5 : 4];
        await stream.ReadExactlyAsync(head, _stop.Token);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - 4)) - 4], _stop.Token);
        return hasType ? (char)head[0] : ' ';
    }

    private static byte[] Message(char type, ReadOnlySpan<byte> body)
    {
        var message = new byte[5 + body.Length];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message.AsSpan(5));
        return message;
    }
}
