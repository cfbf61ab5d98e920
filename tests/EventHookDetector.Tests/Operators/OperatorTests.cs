using System.Net;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Operators;

public sealed class OperatorTests : IAsyncDisposable
{
    private const string ViewerKey = "the-key-of-a-viewer";
    private const string ResponderKey = "the-key-of-a-responder";

    private readonly DetectorApp _detector = new();

    public OperatorTests()
    {
        _detector.Settings["Operators:vera:Key"] = ViewerKey;
        _detector.Settings["Operators:vera:Role"] = "viewer";
        _detector.Settings["Operators:rob:Key"] = ResponderKey;
        _detector.Settings["Operators:rob:Role"] = "responder";
    }

    [Fact]
    public void There_are_routes_for_operators_that_read_and_that_act()
    {
        var routes = Routes.ForOperators(_detector);

        Assert.Contains((HttpMethod.Get, "/api/alerts"), routes);
        Assert.Contains(routes, route => route.Method == HttpMethod.Post);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a-wrong-key")]
    [InlineData("The-Key-Of-An-Operator")]
    [InlineData(DetectorApp.Secret)]
    [InlineData(DetectorApp.OperatorKey + "x")]
    public async Task Without_an_operators_key_no_route_opens(string? key)
    {
        foreach (var (method, path) in Routes.ForOperators(_detector))
        {
            _detector.Clock.Advance(TimeSpan.FromSeconds(5));   // so that nobody is refused for trying too often
            using var response = await _detector.AskAsync(method, path, key);

            Assert.Contains("X-Api-Key", await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, response), StringComparison.Ordinal);
            Assert.NotEmpty(response.Headers.WwwAuthenticate);
        }
    }

    [Fact]
    public async Task The_secret_of_the_hook_in_its_own_header_opens_no_route_either()
    {
        foreach (var (method, path) in Routes.ForOperators(_detector))
        {
            _detector.Clock.Advance(TimeSpan.FromSeconds(5));
            using var request = new HttpRequestMessage(method, path);
            request.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
            using var response = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);

            await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, response);
        }
    }

    [Fact]
    public async Task Two_keys_at_once_are_no_key()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
        request.Headers.Add("X-Api-Key", ["a-wrong-key", DetectorApp.OperatorKey]);
        using var response = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);

        await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, response);
    }

    [Fact]
    public async Task A_viewer_may_read_everything()
    {
        foreach (var (method, path) in Routes.ForOperators(_detector).Where(route => route.Method == HttpMethod.Get && !IsForAdmins(route.Path)))
        {
            using var response = await _detector.AskAsync(method, path, ViewerKey);

            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{path}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task A_viewer_may_not_act_and_is_told_which_role_may()
    {
        foreach (var (method, path) in Routes.ForOperators(_detector).Where(route => route.Method != HttpMethod.Get && !IsForAdmins(route.Path)))
        {
            using var response = await _detector.AskAsync(method, path, ViewerKey);

            Assert.Contains("responder", await ProblemAssert.IsProblemAsync(HttpStatusCode.Forbidden, response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ResponderKey)]
    [InlineData(DetectorApp.OperatorKey)]
    public async Task A_responder_and_an_admin_may_read_and_act(string key)
    {
        foreach (var (method, path) in Routes.ForOperators(_detector).Where(route => !IsForAdmins(route.Path)))
        {
            using var response = await _detector.AskAsync(method, path, key);

            Assert.False(response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, $"{method} {path}: {response.StatusCode}");
            Assert.True((int)response.StatusCode < 500, $"{method} {path}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task An_operators_key_does_not_open_the_hook()
    {
        using var delivery = await _detector.PostAsync(Some.Delivery(Some.FactorReset()).ToJsonString(), secret: DetectorApp.OperatorKey);
        using var verification = await _detector.AskAsync(HttpMethod.Get, DetectorApp.HookPath);

        await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, delivery);
        await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, verification);
        Assert.Empty(await _detector.AlertsAsync());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    internal static bool IsForAdmins(string path) => path.StartsWith("/api/keys", StringComparison.Ordinal) || path.StartsWith("/api/people", StringComparison.Ordinal);
}
