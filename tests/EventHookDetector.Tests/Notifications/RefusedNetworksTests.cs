using System.Net;
using EventHookDetector.Notifications;

namespace EventHookDetector.Tests.Notifications;

[Trait("Engine", "Any")]
public sealed class RefusedNetworksTests
{
    [Theory]
    [InlineData("10.0.0.0", "10.255.255.255")]
    [InlineData("100.64.0.0", "100.127.255.255")]
    [InlineData("127.0.0.0", "127.255.255.255")]
    [InlineData("172.16.0.0", "172.31.255.255")]
    [InlineData("192.0.0.0", "192.0.0.255")]
    [InlineData("192.0.2.0", "192.0.2.255")]
    [InlineData("192.88.99.0", "192.88.99.255")]
    [InlineData("192.168.0.0", "192.168.255.255")]
    [InlineData("198.18.0.0", "198.19.255.255")]
    [InlineData("198.51.100.0", "198.51.100.255")]
    [InlineData("203.0.113.0", "203.0.113.255")]
    [InlineData("::1", "::1")]
    [InlineData("::ffff:10.0.0.0", "::ffff:10.255.255.255")]
    [InlineData("::ffff:127.0.0.1", "::ffff:192.168.1.1")]
    [InlineData("64:ff9b::", "64:ff9b::ffff:ffff")]
    [InlineData("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("100::", "100::ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Inner_networks_open_only_to_those_who_say_so(string first, string last)
    {
        foreach (var address in new[] { first, last })
        {
            Assert.True(Judge(address, allowPrivateAddresses: false) is { CanBeAllowed: true }, address);
            Assert.True(Judge(address, allowPrivateAddresses: true) is null, address);
        }
    }

    [Theory]
    [InlineData("0.0.0.0", "0.255.255.255")]
    [InlineData("169.254.0.0", "169.254.255.255")]
    [InlineData("169.254.169.254", "::ffff:169.254.169.254")]
    [InlineData("224.0.0.0", "239.255.255.255")]
    [InlineData("240.0.0.0", "255.255.255.255")]
    [InlineData("::", "::ffff:0.0.0.0")]
    [InlineData("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fe80::1%1", "fd00:ec2::254")]
    [InlineData("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Some_networks_open_to_nobody(string first, string last)
    {
        foreach (var address in new[] { first, last })
        {
            Assert.True(Judge(address, allowPrivateAddresses: false) is { CanBeAllowed: false }, address);
            Assert.True(Judge(address, allowPrivateAddresses: true) is { CanBeAllowed: false }, address);
        }
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2003::")]
    public void The_rest_of_the_world_is_open(string address) => Assert.Null(Judge(address, allowPrivateAddresses: false));

    private static AddressRefusedException? Judge(string address, bool allowPrivateAddresses) =>
        RefusedNetworks.Judge("channel.example.com", IPAddress.Parse(address), allowPrivateAddresses);
}
