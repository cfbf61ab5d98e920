using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;

namespace EventHookDetector.Okta.Ecs;

/// <summary>Reads an address as people write one. The framework's reader also takes "1", "0x7f.1" and "010.0.0.1".</summary>
internal static class IpAddressText
{
    private const int LongestAddress = 64;

    /// <returns>The address as a number, IPv4 as IPv6 (::ffff:1.2.3.4), so that all of them sort and lie in ranges.</returns>
    public static UInt128? Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestAddress || utf8.ContainsAny("%[]/ "u8)) return null;
        if (!utf8.Contains((byte)':')) return ReadV4(utf8);
        if (!IPAddress.TryParse(utf8, out var address)) return null;

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static UInt128? ReadV4(ReadOnlySpan<byte> utf8)
    {
        const ulong isV4 = 0xffff_0000_0000;
        var (numbers, address) = (0, 0u);
        foreach (var range in utf8.Split((byte)'.'))
        {
            var number = utf8[range];
            var isAsPeopleWriteIt = number.Length == 1 || (number.Length is 2 or 3 && number[0] != '0');
            if (!isAsPeopleWriteIt || !Utf8Parser.TryParse(number, out byte value, out var length) || length < number.Length) return null;

            address = (address << 8) | value;
            numbers++;
        }

        return numbers == 4 ? isV4 | address : null;
    }
}
