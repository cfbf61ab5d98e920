using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Operators;

public sealed class ApiKeyTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_key_is_shown_once_and_kept_as_a_hash()
    {
        var made = await MakeAsync();
        var key = (string)made["key"]!;
        var listed = (await _detector.GetAsync("/api/keys"))["items"]!.AsArray().Single()!;

        Assert.StartsWith((string)listed["hint"]!, key, StringComparison.Ordinal);
        Assert.Null(listed["key"]);
        Assert.Equal(("ada", "responder", "valid", "oncall"), ((string?)listed["owner"], (string?)listed["role"], (string?)listed["state"], (string?)listed["createdBy"]));
        Assert.DoesNotContain(key[12..], string.Join('\n', _detector.Logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_its_owner_does_is_written_down_in_the_owners_name()
    {
        var key = (string)(await MakeAsync())["key"]!;
        await _detector.DeliverAsync(Some.FactorReset());
        var id = (string)(await _detector.AlertsAsync()).Single()["id"]!;
        using var acknowledged = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{id}/acknowledge", key);

        Assert.Equal(HttpStatusCode.OK, acknowledged.StatusCode);
        Assert.Contains("ada", (await _detector.GetAsync($"/api/alerts/{id}"))["timeline"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_revoked_once_and_stays_on_the_list()
    {
        var id = (string)(await MakeAsync())["id"]!;
        using var first = await _detector.AskAsync(HttpMethod.Delete, $"/api/keys/{id}");
        using var second = await _detector.AskAsync(HttpMethod.Delete, $"/api/keys/{id}");
        using var unknown = await _detector.AskAsync(HttpMethod.Delete, "/api/keys/019ab3f0-9a11-7d10-8a55-6f0f7c2b1e07");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Conflict, HttpStatusCode.NotFound), (first.StatusCode, second.StatusCode, unknown.StatusCode));
        Assert.Equal("revoked", (string?)(await _detector.GetAsync("/api/keys"))["items"]![0]!["state"]);
    }

    [Fact]
    public async Task A_key_that_has_ended_cannot_be_revoked()
    {
        var id = (string)(await MakeAsync())["id"]!;
        _detector.Clock.Advance(TimeSpan.FromDays(400));

        using var refused = await _detector.AskAsync(HttpMethod.Delete, $"/api/keys/{id}");

        Assert.Contains("has ended", await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, refused), StringComparison.Ordinal);
        Assert.Equal("ended", (string?)(await _detector.GetAsync("/api/keys"))["items"]![0]!["state"]);
    }

    [Theory]
    [InlineData("""{"role":"viewer","endsAt":"2026-12-01"}""", "owner")]
    [InlineData("""{"owner":" ","role":"viewer","endsAt":"2026-12-01"}""", "owner")]
    [InlineData("""{"owner":"a\nda","role":"viewer","endsAt":"2026-12-01"}""", "owner")]
    [InlineData("""{"owner":"ada\u202e","role":"viewer","endsAt":"2026-12-01"}""", "owner")]
    [InlineData("""{"owner":"The  Detector ","role":"viewer","endsAt":"2026-12-01"}""", "owner")]
    [InlineData("""{"owner":" OnCall","role":"viewer","endsAt":"2026-12-01"}""", "Name the person or the program")]
    [InlineData("""{"owner":"\u043en\u0421all","role":"viewer","endsAt":"2026-12-01"}""", "owner")]
    [InlineData("""{"owner":"\uff4f\uff4e\uff43\uff41\uff4c\uff4c","role":"viewer","endsAt":"2026-12-01"}""", "Name the person or the program")]
    [InlineData("""{"owner":"ada","role":"root","endsAt":"2026-12-01"}""", "role")]
    [InlineData("""{"owner":"ada","role":"2","endsAt":"2026-12-01"}""", "role")]
    [InlineData("""{"owner":"ada","role":"viewer"}""", "endsAt")]
    [InlineData("""{"owner":"ada","role":"viewer","endsAt":"2026-11-24T09:20:00Z"}""", "endsAt")]
    [InlineData("""{"owner":"ada","role":"viewer","endsAt":"2029-01-01"}""", "400 days")]
    public async Task A_wish_that_cannot_be_granted_is_told_what_to_change(string wish, string because)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, "/api/keys", body: JsonNode.Parse(wish));

        Assert.Contains(because, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_guesses_is_slowed_down_and_who_knows_is_let_in_from_the_same_address()
    {
        var made = (string)(await MakeAsync())["key"]!;
        for (var n = 0; n < 20; n++) Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"guess-{n}"));

        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync("one-guess-more"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(DetectorApp.OperatorKey));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(made));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync("and-one-more"));

        _detector.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("a-guess-of-the-next-minute"));
    }

    [Fact]
    public async Task Who_guesses_costs_one_line_of_the_log_however_often()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        await detector.ListenAsync();
        for (var n = 0; n < 100; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
            request.Headers.Add("X-Api-Key", $"guess-{n}");
            using var answer = await detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(n < 20 ? HttpStatusCode.Unauthorized : HttpStatusCode.TooManyRequests, answer.StatusCode);
        }

        await detector.TerminateAsync();
        await detector.EndAsync();
        Assert.Single(detector.Output.Split('\n'), line => line.Contains("without a key or token that is known", StringComparison.Ordinal));
        Assert.DoesNotContain("challenged", detector.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("guess-", detector.Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpStatusCode> StatusAsync(string key)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Get, "/api/alerts", key);
        return answer.StatusCode;
    }

    private Task<JsonNode> MakeAsync() =>
        _detector.PostAsOperatorAsync("/api/keys", new JsonObject { ["owner"] = "ada", ["role"] = "responder", ["endsAt"] = "2026-12-01T00:00:00Z" });
}
