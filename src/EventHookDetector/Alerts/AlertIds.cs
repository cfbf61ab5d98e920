using System.Buffers.Binary;
using System.Globalization;

namespace EventHookDetector.Alerts;

/// <summary>What alerts are called.</summary>
internal static class AlertIds
{
    /// <summary>
    /// A UUIDv7 (RFC 9562, 5.7) that is made of when its log event was received and of its key, and of nothing else: ids sort
    /// in the order of receipt, and who knows the log event knows its alert. An index of random uuids would be the dearest
    /// part of storing one.
    /// </summary>
    public static string Of(ReadOnlySpan<byte> key, DateTimeOffset receivedAt)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, receivedAt.ToUnixTimeMilliseconds() << 16);
        key[6..].CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);   // version 7
        id[8] = (byte)((id[8] & 0x3F) | 0x80);   // variant of the RFC
        return new Guid(id, bigEndian: true).ToString();
    }

    /// <summary>When the log event of an alert was received, to the millisecond.</summary>
    public static DateTimeOffset ReceivedAt(string id) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse($"{id.AsSpan(0, 8)}{id.AsSpan(9, 4)}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    /// <summary>What sorts before the ids of all that was received at a time or later, and behind all others.</summary>
    public static string FirstAt(DateTimeOffset time, TimeSpan later = default)
    {
        var ticks = Math.Clamp(time.UtcTicks + later.Ticks, DateTimeOffset.UnixEpoch.Ticks, DateTimeOffset.MaxValue.Ticks);
        return Of(stackalloc byte[16], new DateTimeOffset(ticks, TimeSpan.Zero));
    }
}
