using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventHookDetector.Tests.Support;

/// <summary>An OpenID Connect provider of our own: it publishes its keys over HTTP and signs whatever tokens a test asks for.</summary>
internal sealed class OidcIssuer : IAsyncDisposable
{
    public const string Audience = "api://detector";

    private readonly RecordingServer _server;
    private readonly RSA _rsa = RSA.Create(2048);
    private string? _challenge;

    private OidcIssuer(RecordingServer server) => _server = server;

    public string Url => _server.Url.ToString().TrimEnd('/');

    public RecordingServer Server => _server;

    private RsaSecurityKey Key => new(_rsa) { KeyId = "first" };

    public static async Task<OidcIssuer> StartAsync()
    {
        var issuer = new OidcIssuer(await RecordingServer.StartAsync());
        issuer._server.Answer = issuer.AnswerAsync;
        return issuer;
    }

    /// <summary>After <see cref="RecordingServer.AnswerWith"/>.</summary>
    public void ComeBack() => _server.Answer = AnswerAsync;

    public void Configure(DetectorApp detector)
    {
        detector.Settings["Oidc:Authority"] = Url;
        detector.Settings["Oidc:Audience"] = Audience;
    }

    /// <param name="now">The time by which it holds, for an hour unless <paramref name="expires"/> says else.</param>
    /// <param name="groups">Of the person.</param>
    /// <param name="audience">Whom it is for.</param>
    /// <param name="issuer">Who says so.</param>
    /// <param name="expires">When it ends.</param>
    /// <param name="credentials">What it is signed with; by default the key that is published.</param>
    /// <param name="critical">An extension that it calls critical.</param>
    /// <param name="who">What it says about the person.</param>
    public string Token(
        DateTimeOffset now, string[] groups, string audience = Audience, string? issuer = null, DateTimeOffset? expires = null, SigningCredentials? credentials = null,
        string? critical = null, params (string Claim, string Value)[] who) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Url,
            Audience = audience,
            NotBefore = now.UtcDateTime,
            Expires = (expires ?? now.AddHours(1)).UtcDateTime,
            Subject = new ClaimsIdentity([.. (who.Length > 0 ? who : [("sub", "ada.byron@example.com")]).Select(claim => new Claim(claim.Claim, claim.Value, claim.Value.StartsWith('{') ? JsonClaimValueTypes.Json : ClaimValueTypes.String)), .. groups.Select(group => new Claim("groups", group))]),
            AdditionalHeaderClaims = critical is null ? null : new Dictionary<string, object>(StringComparer.Ordinal) { ["crit"] = new[] { critical }, [critical] = 1 },
            SigningCredentials = credentials ?? new SigningCredentials(Key, SecurityAlgorithms.RsaSha256),
        });

    /// <summary>Of the same name as the one that is published, and yet another.</summary>
    public static SigningCredentials AnotherKey() => new(new RsaSecurityKey(RSA.Create(2048)) { KeyId = "first" }, SecurityAlgorithms.RsaSha256);

    /// <summary>The public key taken as a shared secret: a mistake that verifiers made.</summary>
    public SigningCredentials PublicKeyAsSecret() =>
        new(new SymmetricSecurityKey(_rsa.ExportSubjectPublicKeyInfo()) { KeyId = "first" }, SecurityAlgorithms.HmacSha256);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _rsa.Dispose();
    }

    // Browsers ask from another origin. Nobody is asked to sign in: that is the provider's matter, not ours.
    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlAllowHeaders = "*";
        if (context.Request.Method == "OPTIONS") return;   // the browser asks whether it may

        if (context.Request.Path == "/authorize")
        {
            _challenge = context.Request.Query["code_challenge"];
            context.Response.Redirect($"{context.Request.Query["redirect_uri"]}?code=the-code&state={Uri.EscapeDataString(context.Request.Query["state"]!)}");
            return;
        }

        JsonObject? answer = context.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => new()
            {
                ["issuer"] = Url,
                ["jwks_uri"] = $"{Url}/keys",
                ["authorization_endpoint"] = $"{Url}/authorize",
                ["token_endpoint"] = $"{Url}/token",
                ["response_types_supported"] = new JsonArray("code"),
                ["grant_types_supported"] = new JsonArray("authorization_code"),
                ["code_challenge_methods_supported"] = new JsonArray("S256"),
                ["scopes_supported"] = new JsonArray("openid", "profile"),
                ["subject_types_supported"] = new JsonArray("public"),
                ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            },
            "/keys" => new()
            {
                ["keys"] = new JsonArray(new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["alg"] = "RS256",
                    ["kid"] = "first",
                    ["n"] = Base64UrlEncoder.Encode(_rsa.ExportParameters(includePrivateParameters: false).Modulus),
                    ["e"] = Base64UrlEncoder.Encode(_rsa.ExportParameters(includePrivateParameters: false).Exponent),
                }),
            },
            "/token" when ProvesItself(context.Request) => new() { ["access_token"] = Token(TimeProvider.System.GetUtcNow(), ["responder"]), ["token_type"] = "Bearer", ["expires_in"] = 3600 },
            _ => null,
        };
        context.Response.StatusCode = answer is null ? 404 : 200;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer?.ToJsonString() ?? "");
    }

    /// <summary>By what only the one who began could know (PKCE, RFC 7636).</summary>
    private bool ProvesItself(HttpRequest request)
    {
        if (request.Method != "POST") return false;

        // RecordingServer has read the body already.
        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(System.Text.Encoding.UTF8.GetString(_server.Requests.Last().Body));
        return form["code"] == "the-code" && Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) == _challenge;
    }
}
