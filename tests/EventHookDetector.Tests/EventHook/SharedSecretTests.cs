using System.Net;
using System.Text;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.EventHook;

[Trait("Engine", "Any")]
public sealed class SharedSecretTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("The-Secret-typed-in-at-Okta")]
    [InlineData("the-secret-typed-in-at-okta2")]
    [InlineData("the-secret-typed-in-at-okt")]
    [InlineData("Bearer the-secret-typed-in-at-okta")]
    [InlineData("the-secret-typed-in-at-okta, the-secret-typed-in-at-okta")]
    [InlineData("the-secret-typed-in-at-okta", "the-secret-typed-in-at-okta")]
    [InlineData("wrong", "the-secret-typed-in-at-okta")]
    [InlineData("thé-sécret")]
    public async Task Whoever_does_not_send_the_secret_exactly_once_is_a_stranger(params string[] sent)
    {
        using var response = await PostAsync("Authorization", sent);

        await response.AssertProblemAsync(401, "Authorization", "EventHook:Secrets", "Okta");
        Assert.Equal("EventHookSecret", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.Empty(await _detector.AlertsAsync());
        Assert.Empty(await _detector.QuarantineAsync());
    }

    [Theory]
    [InlineData("the-old-one-of-last-year")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task During_a_rotation_the_old_secret_and_the_new_one_both_work(string secret)
    {
        _detector.Settings["EventHook:Secrets:0"] = "the-old-one-of-last-year";
        _detector.Settings["EventHook:Secrets:1"] = "Basic dXNlcjpwYXNz";

        using var response = await PostAsync("Authorization", secret);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Single(await _detector.AlertsAsync());
    }

    [Theory]
    [InlineData("X-Okta-Secret", HttpStatusCode.NoContent)]
    [InlineData("x-okta-secret", HttpStatusCode.NoContent)]
    [InlineData("Authorization", HttpStatusCode.Unauthorized)]
    public async Task The_header_can_be_named_and_then_no_other_counts(string header, HttpStatusCode answer)
    {
        _detector.Settings["EventHook:Header"] = "X-Okta-Secret";

        using var response = await PostAsync(header, DetectorApp.Secret);

        Assert.Equal(answer, response.StatusCode);
    }

    [Fact]
    public async Task The_key_of_an_operator_is_no_secret_of_the_hook()
    {
        using var response = await PostAsync("X-Api-Key", DetectorApp.OperatorKey);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task The_body_of_a_stranger_is_not_read()
    {
        var server = (TestServer)_detector.Services.GetRequiredService<IServer>();

        var context = await server.SendAsync(
            stranger =>
            {
                (stranger.Request.Method, stranger.Request.Path) = ("POST", DetectorApp.HookPath);
                stranger.Request.ContentType = "text/plain";
                stranger.Request.Headers.Authorization = "wrong";
                stranger.Request.Body = new Untouchable();
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(401, context.Response.StatusCode);
    }

    [Fact]
    public async Task A_wrong_secret_is_told_before_a_wrong_content_type()
    {
        using var response = await _detector.PostAsync("<xml/>", "application/xml", secret: "wrong");

        await response.AssertProblemAsync(401);
    }

    [Fact]
    public async Task Strangers_are_noted_once_a_minute_and_counted()
    {
        string[] Noted() => [.. _detector.Logs.Lines.Where(line => line.Contains("Refused ", StringComparison.Ordinal))];

        for (var i = 0; i < 5; i++) await PostAsync("Authorization", "wrong");
        Assert.Contains("Refused 1 requests", Assert.Single(Noted()), StringComparison.Ordinal);

        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostAsync("Authorization");
        Assert.Equal(2, Noted().Length);
        Assert.Contains("Refused 5 requests", Noted()[1], StringComparison.Ordinal);
        Assert.StartsWith("Warning", Noted()[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_log_line_and_no_answer_holds_a_secret_whether_right_or_wrong()
    {
        using var refused = await PostAsync("Authorization", "almost-a-secret");
        using var accepted = await PostAsync("Authorization", DetectorApp.Secret);

        Assert.DoesNotContain("almost-a-secret", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(_detector.Logs.Lines, line => line.Contains(DetectorApp.Secret, StringComparison.Ordinal) || line.Contains("almost-a-secret", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpResponseMessage> PostAsync(string header, params string[] values)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, DetectorApp.HookPath);
        request.Content = new StringContent(Some.Delivery(Some.FactorReset()).ToJsonString(), Encoding.UTF8, "application/json");
        foreach (var value in values) request.Headers.TryAddWithoutValidation(header, value);
        return await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private sealed class Untouchable : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("The body was read.");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("The body was read.");
    }
}
