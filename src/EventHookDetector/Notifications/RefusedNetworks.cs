using System.Net;

namespace EventHookDetector.Notifications;

/// <summary>
/// Where a notifier may not connect. Whoever can set a channel's address, or answer for its name in DNS, could otherwise
/// make the detector knock on inner doors. After the IANA registries of special-purpose addresses.
/// </summary>
internal static class RefusedNetworks
{
    private static readonly (IPNetwork Network, string Kind)[] Inner =
    [
        Of("10.0.0.0/8", "a private network"),
        Of("100.64.0.0/10", "a carrier's shared network"),
        Of("127.0.0.0/8", "the loopback network"),
        Of("172.16.0.0/12", "a private network"),
        Of("192.0.0.0/24", "a network for protocol assignments"),
        Of("192.0.2.0/24", "a network for documentation"),
        Of("192.88.99.0/24", "a retired relay network"),
        Of("192.168.0.0/16", "a private network"),
        Of("198.18.0.0/15", "a network for benchmarks"),
        Of("198.51.100.0/24", "a network for documentation"),
        Of("203.0.113.0/24", "a network for documentation"),
        Of("::1/128", "the loopback network"),
        // These carry an IPv4 address inside, and a translator would lead to it.
        Of("64:ff9b::/96", "a network that translates to IPv4"),
        Of("64:ff9b:1::/48", "a network that translates to IPv4"),
        Of("2002::/16", "a network that translates to IPv4"),
        Of("100::/64", "a network that discards"),
        Of("2001:db8::/32", "a network for documentation"),
        Of("3fff::/20", "a network for documentation"),
        Of("5f00::/16", "a network for segment routing"),
        Of("fc00::/7", "a private network"),
    ];

    // No channel lives here, whatever an operator allows; and on link-local addresses clouds hand out credentials.
    private static readonly (IPNetwork Network, string Kind)[] Never =
    [
        Of("0.0.0.0/8", "an unspecified network"),
        Of("169.254.0.0/16", "a link-local network"),
        Of("224.0.0.0/4", "a multicast network"),
        Of("240.0.0.0/4", "a reserved network"),
        Of("::/128", "an unspecified network"),
        Of("fd00:ec2::254/128", "a cloud's metadata"),
        Of("fe80::/10", "a link-local network"),
        Of("ff00::/8", "a multicast network"),
    ];

    /// <returns>Null if it may be connected to.</returns>
    public static AddressRefusedException? Judge(string host, IPAddress address, bool allowPrivateAddresses)
    {
        var judged = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (Find(Never, judged) is { } never) return new(host, judged, never, canBeAllowed: false);

        return !allowPrivateAddresses && Find(Inner, judged) is { } inner ? new(host, judged, inner, canBeAllowed: true) : null;
    }

    private static string? Find((IPNetwork Network, string Kind)[] networks, IPAddress address) =>
        networks.Where(entry => entry.Network.Contains(address)).Select(entry => entry.Kind).FirstOrDefault();

    private static (IPNetwork Network, string Kind) Of(string network, string kind) => (IPNetwork.Parse(network), kind);
}

/// <summary>Thrown before anything is connected to: the address lies where no notifier, or not this one, may go.</summary>
internal sealed class AddressRefusedException(string host, IPAddress address, string kind, bool canBeAllowed)
    : Exception($"{host} resolves to {address}, an address inside {kind}")
{
    /// <summary>Whether <see cref="NotifierOptions.AllowPrivateAddresses"/> would open it.</summary>
    public bool CanBeAllowed => canBeAllowed;
}
