using System.Net;
using System.Text;
using EventHookDetector.Hosting;

namespace EventHookDetector.Operators;

/// <summary>
/// Refuses whom nobody knows, and whoever tries again and again from one address, with less and less said. Who has a right key is never refused, whatever
/// others did from the same address: this is asked only after it was found wrong.
/// </summary>
internal sealed partial class FailedAttempts(TimeProvider clock, ILogger<FailedAttempts> logger)
{
    private const int PerMinute = 20;
    private const int MostAddresses = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private static readonly byte[] TooMany = Encoding.UTF8.GetBytes(
        $$"""
        {"type":"https://tools.ietf.org/html/rfc6585#section-4","title":"Too Many Requests","status":429,"detail":"More than {{PerMinute}} requests a minute came from this address without a key or token that is known here. One that is known is let in at any time."}
        """);

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _counts = [];
    private DateTimeOffset _since;
    private bool _isSaid;

    public Task RefuseAsync(HttpContext context, string because) => RefuseAsync(context, () => Problem.UnauthorizedAsync(context, because));

    /// <param name="context">Of whom nobody knows.</param>
    /// <param name="answer">What to answer as long as it is not too often.</param>
    public Task RefuseAsync(HttpContext context, Func<Task> answer) =>
        Count(context.Connection.RemoteIpAddress) <= PerMinute ? answer() : SlowDownAsync(context);

    /// <summary>Whether more is known to be too much.</summary>
    public bool IsOverLimit(IPAddress? address)
    {
        lock (_lock) return _counts.GetValueOrDefault(KeyOf(address ?? IPAddress.None)) > PerMinute && clock.GetUtcNow() - _since < Interval;
    }

    public static Task SlowDownAsync(HttpContext context) => RequestLimit.RefuseAsync(context, TooMany, retryAfter: "60");

    private int Count(IPAddress? address)
    {
        var key = KeyOf(address ?? IPAddress.None);
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if ((now - _since).Duration() >= Interval || _counts.Count >= MostAddresses)
            {
                _counts.Clear();
                (_since, _isSaid) = (now, false);
            }

            var count = _counts[key] = _counts.GetValueOrDefault(key) + 1;
            if (count > PerMinute && !_isSaid)
            {
                Log.Guessing(logger, PerMinute, address?.ToString());
                _isSaid = true;   // once a minute, or strangers would fill the disk
            }

            return count;
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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "More than {Limit} requests in a minute came from {Address} without a key or token that is known, and perhaps from others; they are answered 429. Somebody guesses, or a program has a key that has ended or was revoked")]
        public static partial void Guessing(ILogger logger, int limit, string? address);
    }
}
