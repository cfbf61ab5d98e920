using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.EventHook;

public sealed class VerificationTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("X-Okta-Verification-Challenge")]
    [InlineData("x-okta-verification-challenge")]
    [InlineData("X-OKTA-VERIFICATION-CHALLENGE")]
    public async Task The_challenge_is_answered_exactly_in_any_letter_case_of_its_header(string header)
    {
        using var response = await VerifyAsync(header, "dGhpcyBpcyBhIGNoYWxsZW5nZQ");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("""{"verification":"dGhpcyBpcyBhIGNoYWxsZW5nZQ"}""", await TextAsync(response));
    }

    [Theory]
    [InlineData("quote\"and\\backslash")]
    [InlineData("tab\tinside")]
    [InlineData("</script><img src=x>&'")]
    [InlineData("{\"verification\":\"other\"}")]
    public async Task A_challenge_is_escaped_and_says_the_same(string challenge)
    {
        using var response = await VerifyAsync("X-Okta-Verification-Challenge", challenge);

        var answer = await TextAsync(response);
        Assert.DoesNotContain('<', answer);
        Assert.Equal(("verification", challenge), Assert.Single(JsonNode.Parse(answer)!.AsObject().Select(p => (p.Key, p.Value!.GetValue<string>()))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public async Task Without_a_challenge_it_says_which_header_is_missing(string? challenge)
    {
        using var response = await VerifyAsync("X-Okta-Verification-Challenge", challenge);

        await response.AssertProblemAsync(400, "X-Okta-Verification-Challenge");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task A_stranger_learns_nothing_from_a_challenge(string? secret)
    {
        using var response = await VerifyAsync("X-Okta-Verification-Challenge", "challenge", secret);

        var detail = await response.AssertProblemAsync(401, "Authorization");
        Assert.DoesNotContain("challenge", detail, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private async Task<HttpResponseMessage> VerifyAsync(string header, string? challenge, string? secret = DetectorApp.Secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, DetectorApp.HookPath);
        if (challenge is not null) request.Headers.TryAddWithoutValidation(header, challenge);
        if (secret is not null) request.Headers.TryAddWithoutValidation("Authorization", secret);
        return await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
