using System.Net;
using EventHookDetector.Hosting;

namespace EventHookDetector.Operators;

/// <summary>
/// Refuses whom nobody knows, and whoever tries again and again from one address, with less and less said. Who has a right key is never refused, whatever
/// others did from the same address: this is asked only after it was found wrong.
/// </summary>
internal sealed class FailedAttempts(TimeProvider clock)
{
    private const int PerMinute = 20;
    private const int MostAddresses = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _counts = [];
    private DateTimeOffset _since;

    public Task RefuseAsync(HttpContext context, string because)
    {
        if (Count(context.Connection.RemoteIpAddress) <= PerMinute) return Problem.UnauthorizedAsync(context, because);

        context.Response.Headers.RetryAfter = $"{Interval.TotalSeconds:0}";
        return TypedResults.Problem(
            $"More than {PerMinute} requests a minute came from this address without a key or token that is known here. One that is known is let in at any time.",
            statusCode: StatusCodes.Status429TooManyRequests).ExecuteAsync(context);
    }

    private int Count(IPAddress? address)
    {
        var key = KeyOf(address ?? IPAddress.None);
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if ((now - _since).Duration() >= Interval || _counts.Count >= MostAddresses)
            {
                _counts.Clear();
                _since = now;
            }

            return _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Of IPv6 the half that names a network: whoever has one address there has all of them.</summary>
    private static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).TryWriteBytes(bytes, out var length);
        if (length == bytes.Length) bytes[8..].Clear();
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
