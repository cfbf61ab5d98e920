using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class ListeningTests : IAsyncDisposable
{
    private readonly DetectorProcess _detector = new DetectorProcess().WithSecretAndKey();

    [Fact]
    public async Task Each_part_is_served_at_its_own_port_and_nowhere_else()
    {
        var (hook, operators) = (FreePort(), FreePort());
        _detector.Settings["Listen:Hook"] = $"http://127.0.0.1:{hook}";
        _detector.Settings["Listen:Operators"] = $"http://127.0.0.1:{operators}";
        var rest = (await _detector.ListenAsync()).Port;

        Assert.Equal([hook], await PortsThatKnowAsync("/okta/event-hook", hook, operators, rest));
        Assert.Equal([operators], await PortsThatKnowAsync("/api/alerts", hook, operators, rest));
        Assert.Equal([operators], await PortsThatKnowAsync("/swagger/index.html", hook, operators, rest));
        Assert.Equal([hook, operators, rest], await PortsThatKnowAsync("/health/live", hook, operators, rest));
    }

    [Fact]
    public async Task What_has_no_port_of_its_own_stays_where_it_was()
    {
        var operators = FreePort();
        _detector.Settings["Listen:Operators"] = $"http://127.0.0.1:{operators}";
        var rest = (await _detector.ListenAsync()).Port;

        Assert.Equal([rest], await PortsThatKnowAsync("/okta/event-hook", operators, rest));
        Assert.Equal([operators], await PortsThatKnowAsync("/api/alerts", operators, rest));
    }

    [Fact]
    public async Task Headers_of_a_stranger_do_not_open_another_port()
    {
        var operators = FreePort();
        _detector.Settings["Listen:Operators"] = $"http://127.0.0.1:{operators}";
        var rest = await _detector.ListenAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
        request.Headers.Host = $"127.0.0.1:{operators}";
        request.Headers.Add("X-Forwarded-Host", $"127.0.0.1:{operators}");
        request.Headers.Add("X-Forwarded-Port", operators.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
        using var answer = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((rest.Port, HttpStatusCode.NotFound), (answer.RequestMessage!.RequestUri!.Port, answer.StatusCode));
    }

    [Fact]
    public async Task Who_guessed_at_one_port_is_told_nothing_at_another()
    {
        var operators = FreePort();
        _detector.Settings["Listen:Operators"] = $"http://127.0.0.1:{operators}";
        var rest = (await _detector.ListenAsync()).Port;

        var answers = new List<HttpStatusCode>();
        foreach (var port in Enumerable.Repeat(operators, 25).Append(rest))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/api/alerts");
            request.Headers.Add("X-Api-Key", "a-guess");
            using var answer = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
            answers.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.TooManyRequests, HttpStatusCode.NotFound], answers[^2..]);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<IReadOnlyList<int>> PortsThatKnowAsync(string path, params int[] ports)
    {
        var known = new List<int>();
        foreach (var port in ports)
        {
            using var answer = await _detector.Http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"), TestContext.Current.CancellationToken);
            if (answer.StatusCode != HttpStatusCode.NotFound) known.Add(port);
        }

        return known;
    }
}
