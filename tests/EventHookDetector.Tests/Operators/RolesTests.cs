using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;
using Microsoft.IdentityModel.Tokens;

namespace EventHookDetector.Tests.Operators;

/// <summary>Every route with every kind of proof, good and bad.</summary>
public sealed class RolesTests : IAsyncLifetime
{
    private static readonly string[] Roles = ["viewer", "responder", "admin"];

    private readonly DetectorApp _detector = new();
    private OidcIssuer _issuer = null!;

    private DateTimeOffset Now => _detector.Clock.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        _issuer = await OidcIssuer.StartAsync();
        _issuer.Configure(_detector);
        foreach (var role in Roles)
        {
            _detector.Settings[$"Operators:{role}:Key"] = $"the-key-of-a-{role}";
            _detector.Settings[$"Operators:{role}:Role"] = role;
        }
    }

    [Theory]
    [InlineData("configured")]
    [InlineData("made")]
    [InlineData("token")]
    public async Task Each_route_opens_to_its_role_and_those_above(string kind)
    {
        foreach (var role in Roles)
        {
            var prove = await ProofAsync(kind, role);
            foreach (var (method, path, needed) in RoutesAndTheirRoles())
            {
                using var response = await AskAsync(method, path, prove);

                var opens = Array.IndexOf(Roles, role) >= Array.IndexOf(Roles, needed);
                Assert.True(opens == (response.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests)), $"{role} by {kind}: {method} {path}: {response.StatusCode}");
                Assert.True((int)response.StatusCode < 500, $"{method} {path}: {response.StatusCode}");
                if (!opens) Assert.Contains(needed, await ProblemAssert.IsProblemAsync(HttpStatusCode.Forbidden, response), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("no key", "X-Api-Key")]
    [InlineData("a wrong key", "X-Api-Key")]
    [InlineData("a key like ours that nobody made", "X-Api-Key")]
    [InlineData("a revoked key", "revoked")]
    [InlineData("a key that ended", "ended at 2026-11-24")]
    [InlineData("no token", "signed by")]
    [InlineData("an expired token", "has ended")]
    [InlineData("a token of tomorrow", "does not hold yet")]
    [InlineData("a token for another audience", "another audience")]
    [InlineData("a token of another issuer", "another issuer")]
    [InlineData("a token signed by another", "not signed by")]
    [InlineData("a token signed with the public key", "not signed by")]
    [InlineData("a token that nobody signed", "not signed by")]
    [InlineData("a token with an unknown extension", "demands an extension")]
    public async Task What_proves_nothing_opens_no_route_and_is_told_why(string proof, string because)
    {
        var prove = await BadProofAsync(proof);
        foreach (var (method, path, _) in RoutesAndTheirRoles())
        {
            _detector.Clock.Advance(TimeSpan.FromSeconds(5));   // so that nobody is refused for trying too often
            using var response = await AskAsync(method, path, prove);

            Assert.Contains(because, await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, response), StringComparison.Ordinal);
            Assert.NotEmpty(response.Headers.WwwAuthenticate);
        }
    }

    [Fact]
    public async Task A_token_without_a_role_is_told_which_claim_is_missing()
    {
        using var response = await AskAsync(HttpMethod.Get, "/api/alerts", Bearer(_issuer.Token(Now, ["everyone"])));

        Assert.Contains("groups", await ProblemAssert.IsProblemAsync(HttpStatusCode.Forbidden, response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("realm_access.roles", "realm_access", """{"roles":["admin","other"]}""")]
    [InlineData("realm_access.roles", "realm_access", """{"roles":"admin"}""")]
    [InlineData("resource_access.detector.roles", "resource_access", """{"detector":{"roles":["admin"]}}""")]
    [InlineData("resource_access.my.client.roles", "resource_access", """{"my.client":{"roles":["admin"]}}""")]
    [InlineData("https://example.com/claims.roles", "https://example.com/claims", """{"roles":["admin"]}""")]
    [InlineData("realm_access.roles", "realm_access.roles", "admin")]
    public async Task A_role_within_a_claim_is_found_by_its_path(string path, string claim, string value)
    {
        _detector.Settings["Oidc:RoleClaim"] = path;
        using var response = await AskAsync(HttpMethod.Get, "/api/keys", Bearer(_issuer.Token(Now, [], who: [("sub", "ada.byron@example.com"), (claim, value)])));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"roles":[["admin"]]}""")]
    [InlineData("""{"roles":{"admin":true}}""")]
    [InlineData("""{"other":["admin"]}""")]
    public async Task A_claim_without_a_role_at_that_path_gives_no_role(string value)
    {
        _detector.Settings["Oidc:RoleClaim"] = "realm_access.roles";
        using var response = await AskAsync(HttpMethod.Get, "/api/keys", Bearer(_issuer.Token(Now, ["admin"], who: [("sub", "ada.byron@example.com"), ("realm_access", value)])));

        Assert.Contains("realm_access.roles", await ProblemAssert.IsProblemAsync(HttpStatusCode.Forbidden, response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("realm_access.roles", "realm_access.roles", "viewer", "realm_access", """{"roles":["admin"]}""")]
    public async Task A_claim_of_exactly_that_name_wins(string path, string exact, string role, string claim, string nested)
    {
        _detector.Settings["Oidc:RoleClaim"] = path;
        using var response = await AskAsync(HttpMethod.Get, "/api/keys", Bearer(_issuer.Token(Now, [], who: [("sub", "ada.byron@example.com"), (exact, role), (claim, nested)])));

        await ProblemAssert.IsProblemAsync(HttpStatusCode.Forbidden, response);
    }

    [Fact]
    public async Task Without_a_provider_no_token_opens_anything()
    {
        _detector.Settings.Remove("Oidc:Authority");
        using var response = await AskAsync(HttpMethod.Get, "/api/alerts", Bearer(_issuer.Token(Now, ["admin"])));

        await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, response);
    }

    [Fact]
    public async Task While_the_provider_is_away_tokens_wait_and_keys_open()
    {
        _issuer.Server.AnswerWith(500);
        using var token = await AskAsync(HttpMethod.Get, "/api/alerts", Bearer(_issuer.Token(Now, ["admin"])));
        using var key = await _detector.AskAsync(HttpMethod.Get, "/api/alerts");

        Assert.Contains("Oidc:Authority", await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, key.StatusCode);
    }

    [Fact]
    public async Task Who_signed_in_is_written_down_by_name()
    {
        await AnnounceAsync();

        Assert.Equal("ada.byron@example.com", (string?)(await _detector.GetAsync("/api/expected-resets"))["items"]![0]!["announcedBy"]);
    }

    [Theory]
    [InlineData("the detector", "the detector", "ada")]
    [InlineData("THE DETECTOR", "", "ada")]
    [InlineData(" viewer ", "Admin", "ada")]
    [InlineData("grace\nhopper", "grace@example.com", "grace@example.com")]
    [InlineData("", "grace@example.com", "grace@example.com")]
    [InlineData(" grace ", "grace@example.com", "grace")]
    [InlineData("v\u0456ewer", "", "ada")]
    [InlineData("gr\u0430ce", "grace@example.com", "grace@example.com")]
    public async Task Nobody_can_sign_in_under_the_name_of_another(string username, string email, string written)
    {
        await AnnounceAsync(("preferred_username", username), ("email", email), ("sub", "ada"));

        Assert.Equal(written, (string?)(await _detector.GetAsync("/api/expected-resets"))["items"]![0]!["announcedBy"]);
    }

    [Fact]
    public async Task A_name_of_any_length_is_answered()
    {
        await AnnounceAsync(("preferred_username", new string('x', 8000)), ("sub", "ada"));

        Assert.Equal("ada", (string?)(await _detector.GetAsync("/api/expected-resets"))["items"]![0]!["announcedBy"]);
    }

    [Fact]
    public async Task Whom_no_claim_can_name_is_told_so()
    {
        using var response = await AskAsync(HttpMethod.Get, "/api/alerts", Bearer(_issuer.Token(Now, ["admin"], who: ("sub", "the detector"))));

        Assert.Contains("preferred_username, email and sub", await ProblemAssert.IsProblemAsync(HttpStatusCode.Unauthorized, response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_provider_is_away_it_is_asked_every_five_seconds_and_not_by_each_token()
    {
        _issuer.Server.AnswerWith(500);
        for (var n = 0; n < 5; n++) await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, await AskAsync(HttpMethod.Get, "/api/alerts", Bearer(_issuer.Token(Now, ["admin"]))));
        Assert.Single(_issuer.Server.Requests);

        _issuer.ComeBack();
        _detector.Clock.Advance(TimeSpan.FromSeconds(5));
        using var response = await AskAsync(HttpMethod.Get, "/api/alerts", Bearer(_issuer.Token(Now, ["admin"])));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task While_the_provider_is_away_whoever_asks_too_often_is_slowed_down_and_a_key_opens()
    {
        _issuer.Server.AnswerWith(500);
        for (var n = 0; n < 20; n++) await ProblemAssert.IsProblemAsync(HttpStatusCode.ServiceUnavailable, await AskAsync(HttpMethod.Get, "/api/alerts", Bearer("x.y.z")));

        await ProblemAssert.IsProblemAsync(HttpStatusCode.TooManyRequests, await AskAsync(HttpMethod.Get, "/api/alerts", Bearer("x.y.z")));
        using var key = await _detector.AskAsync(HttpMethod.Get, "/api/alerts");
        Assert.Equal(HttpStatusCode.OK, key.StatusCode);
    }

    [Fact]
    public async Task Swagger_says_of_each_route_which_role_it_needs_and_lets_people_sign_in()
    {
        var document = JsonNode.Parse(await _detector.Http.GetStringAsync("/swagger/v1/swagger.json", TestContext.Current.CancellationToken))!;

        Assert.Equal($"{_issuer.Url}/.well-known/openid-configuration", (string?)document["components"]!["securitySchemes"]!["Oidc"]!["openIdConnectUrl"]);
        Assert.Equal(2, document["paths"]!["/api/keys"]!["post"]!["security"]!.AsArray().Count);
        Assert.EndsWith("Needs the role admin.", (string?)document["paths"]!["/api/keys"]!["post"]!["description"], StringComparison.Ordinal);
        Assert.EndsWith("Needs the role responder or admin.", (string?)document["paths"]!["/api/exceptions"]!["post"]!["description"], StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _detector.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    private static Action<HttpRequestMessage> Bearer(string token) => request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

    private static Action<HttpRequestMessage> Key(string key) => request => request.Headers.Add("X-Api-Key", key);

    /// <summary>Reading is for viewers, acting for responders, and who may is the matter of admins: so by the shape of the route, not by what the code says.</summary>
    private IEnumerable<(HttpMethod Method, string Path, string Role)> RoutesAndTheirRoles() =>
        from route in Routes.ForOperators(_detector)
        select (route.Method, route.Path, OperatorTests.IsForAdmins(route.Path) ? "admin" : route.Method == HttpMethod.Get ? "viewer" : "responder");

    private async Task<Action<HttpRequestMessage>> ProofAsync(string kind, string role) => kind switch
    {
        "configured" => Key($"the-key-of-a-{role}"),
        "made" => Key((await MakeKeyAsync(role)).Key),
        _ => Bearer(_issuer.Token(Now, ["everyone", role])),
    };

    private async Task<Action<HttpRequestMessage>> BadProofAsync(string proof)
    {
        switch (proof)
        {
            case "no key": return _ => { };
            case "a wrong key": return Key("wrong");
            case "a key like ours that nobody made": return Key("ehd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmaHqt");
            case "a revoked key":
                var revoked = await MakeKeyAsync("admin");
                using (var answer = await _detector.AskAsync(HttpMethod.Delete, $"/api/keys/{revoked.Id}")) Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
                return Key(revoked.Key);
            case "a key that ended":
                var ended = await MakeKeyAsync("admin");
                _detector.Clock.Advance(TimeSpan.FromHours(3));
                return Key(ended.Key);
            case "no token": return Bearer("x.y.z");
            case "an expired token": return Bearer(_issuer.Token(Now.AddHours(-2), ["admin"]));
            case "a token of tomorrow": return Bearer(_issuer.Token(Now.AddDays(1), ["admin"]));
            case "a token for another audience": return Bearer(_issuer.Token(Now, ["admin"], audience: "api://another", expires: Now.AddHours(9)));
            case "a token of another issuer": return Bearer(_issuer.Token(Now, ["admin"], issuer: "https://another.example.com", expires: Now.AddHours(9)));
            case "a token signed by another": return Bearer(_issuer.Token(Now, ["admin"], credentials: OidcIssuer.AnotherKey()));
            case "a token signed with the public key": return Bearer(_issuer.Token(Now, ["admin"], credentials: _issuer.PublicKeyAsSecret()));
            case "a token with an unknown extension": return Bearer(_issuer.Token(Now, ["admin"], critical: "https://example.com/bound-to", expires: Now.AddHours(9)));
            default:
                var parts = _issuer.Token(Now, ["admin"]).Split('.');
                return Bearer($"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.");
        }
    }

    private async Task<(string Id, string Key)> MakeKeyAsync(string role)
    {
        var made = await _detector.PostAsOperatorAsync("/api/keys", new JsonObject { ["owner"] = "ada", ["role"] = role, ["endsAt"] = "2026-11-24T12:00:00Z" });
        return ((string)made["id"]!, (string)made["key"]!);
    }

    private async Task AnnounceAsync(params (string Claim, string Value)[] who)
    {
        var body = JsonNode.Parse("""{"target":"ada.byron@example.com","ticket":"HD-1","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}""");
        using var announced = await AskAsync(HttpMethod.Post, "/api/expected-resets", Bearer(_issuer.Token(Now, ["responder"], who: who)), body);
        Assert.True(announced.IsSuccessStatusCode, $"{announced.StatusCode}");
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, Action<HttpRequestMessage> prove, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = System.Net.Http.Json.JsonContent.Create(body);
        prove(request);
        return await _detector.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);   // one answer has no end
    }
}
