using System.Net;
using System.Net.Sockets;

namespace EventHookDetector.Notifications;

/// <summary>The one way out to a channel: the name is resolved, its addresses are checked, and what was checked is connected to.</summary>
internal static class GuardedConnection
{
    /// <summary>A dead address must leave time for the next one.</summary>
    private static readonly TimeSpan PerAddress = TimeSpan.FromSeconds(3);

    /// <exception cref="AddressRefusedException">One of its addresses is where this notifier may not go.</exception>
    public static async Task<Stream> OpenAsync(string host, int port, bool allowPrivateAddresses, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);

        // A name with one inner address among outer ones is either a mistake or an attack: it is refused as a whole.
        foreach (var address in addresses)
            if (RefusedNetworks.Judge(host, address, allowPrivateAddresses) is { } refused) throw refused;

        for (var next = 0; ; next++)
        {
            var isLast = next >= addresses.Length - 1;
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[next], port), isLast ? Timeout.InfiniteTimeSpan : PerAddress, cancellationToken);
            }
            catch (Exception fault) when (!isLast && !cancellationToken.IsCancellationRequested && fault is SocketException or OperationCanceledException)
            {
                // The next address may answer; if none does, the last one's fault is the answer.
            }
        }
    }

    private static async Task<Stream> ConnectAsync(IPEndPoint address, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, limited.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
