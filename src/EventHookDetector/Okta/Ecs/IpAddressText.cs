using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EventHookDetector.Okta.Ecs;

/// <summary>Reads an address as people write one. The framework's reader also takes "1", "0x7f.1" and "010.0.0.1".</summary>
internal static class IpAddressText
{
    private const int LongestAddress = 64;

    /// <returns>The address as a number, IPv4 as IPv6 (::ffff:1.2.3.4), so that all of them sort and lie in ranges.</returns>
    public static UInt128? Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestAddress || utf8.ContainsAny("%[]/ "u8)) return null;
        if (!utf8.Contains((byte)':') && !IsFourNumbers(utf8)) return null;
        if (!IPAddress.TryParse(utf8, out var address)) return null;

        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            address.TryWriteBytes(bytes, out _);
        }
        else
        {
            bytes[10..12].Fill(0xff);
            address.TryWriteBytes(bytes[12..], out _);
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static bool IsFourNumbers(ReadOnlySpan<byte> utf8)
    {
        var numbers = 0;
        foreach (var range in utf8.Split((byte)'.'))
        {
            var number = utf8[range];
            var isNumber = number.Length is 1 or 2 or 3 && !number.ContainsAnyExceptInRange((byte)'0', (byte)'9');
            if (!isNumber || (number.Length > 1 && number[0] == '0')) return false;
            numbers++;
        }

        return numbers == 4;
    }
}
