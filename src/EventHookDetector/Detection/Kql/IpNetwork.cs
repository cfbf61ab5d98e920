using System.Globalization;
using System.Text;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>An address, or all of a network in CIDR notation: 10.0.0.0/8, 2001:db8::/32.</summary>
internal readonly record struct IpNetwork(UInt128 First, UInt128 Last)
{
    private const int AddressBits = 128;
    private const int BitsBeforeV4 = 96;

    public static IpNetwork? Read(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (IpAddressText.Read(Encoding.UTF8.GetBytes(slash < 0 ? text : text[..slash])) is not { } address) return null;
        if (slash < 0) return new IpNetwork(address, address);

        var isV4 = !text.Contains(':', StringComparison.Ordinal);
        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)) return null;

        var bits = isV4 ? prefix + BitsBeforeV4 : prefix;
        if (bits > AddressBits) return null;

        // A shift by all 128 bits would be none at all.
        var rest = bits == 0 ? UInt128.MaxValue : (UInt128.One << (AddressBits - bits)) - 1;
        return new IpNetwork(address & ~rest, address | rest);
    }
}
