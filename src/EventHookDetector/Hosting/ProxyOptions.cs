using System.Net;
using FluentValidation;

namespace EventHookDetector.Hosting;

/// <summary>What stands between us and the internet.</summary>
internal sealed class ProxyOptions
{
    public const string Section = "Proxies";

    private const int MappedBits = 96;

    /// <summary>
    /// The addresses or networks (10.0.0.0/8) of the proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed. What anybody
    /// else says in them is ignored. Default: none.
    /// </summary>
    public IReadOnlyList<string> Trusted { get; set; } = [];

    /// <summary>Each as a network; an address is one of its own.</summary>
    public IEnumerable<IPNetwork> Networks => Trusted.Select(text => NetworkOf(text)!.Value);

    private static IPNetwork? NetworkOf(string text) =>
        IPNetwork.TryParse(text, out var network) ? AsIPv4(network)
        : IPAddress.TryParse(text, out var address) ? AsIPv4(new IPNetwork(WithoutZone(address), address.GetAddressBytes().Length * 8))
        : null;

    // Addresses of clients are compared as IPv4 where they are mapped to IPv6 (::ffff:10.1.2.3), and so must these be.
    private static IPNetwork AsIPv4(IPNetwork network) => network is { BaseAddress.IsIPv4MappedToIPv6: true, PrefixLength: >= MappedBits }
        ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedBits)
        : network;

    private static IPAddress WithoutZone(IPAddress address) => new(address.GetAddressBytes());

    internal sealed class Validator : AbstractValidator<ProxyOptions>
    {
        public Validator() => RuleForEach(o => o.Trusted).Must(text => NetworkOf(text) is not null)
            .WithMessage("must be an address such as 10.1.2.3, or a network such as 10.0.0.0/8");
    }
}
