using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

[Trait("Engine", "Any")]
public sealed class GuardedConnectionTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("0x7f000001")]
    [InlineData("2130706433")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task However_it_is_written_this_machine_is_not_connected_to(string host)
    {
        await using var server = await RecordingServer.StartAsync();

        var refused = await Assert.ThrowsAsync<AddressRefusedException>(() => OpenAsync(host, server.Url.Port, allowPrivateAddresses: false));

        Assert.StartsWith($"{host} resolves to ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("the loopback network", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Who_may_go_inside_is_connected(string host)
    {
        await using var server = await RecordingServer.StartAsync();

        await using var stream = await OpenAsync(host, server.Url.Port, allowPrivateAddresses: true);

        Assert.True(stream.CanWrite);
    }

    [Fact]
    public async Task Nobody_is_connected_to_a_clouds_metadata() =>
        await Assert.ThrowsAsync<AddressRefusedException>(() => OpenAsync("169.254.169.254", 80, allowPrivateAddresses: true));

    private static Task<Stream> OpenAsync(string host, int port, bool allowPrivateAddresses) =>
        GuardedConnection.OpenAsync(host, port, allowPrivateAddresses, TestContext.Current.CancellationToken);
}
