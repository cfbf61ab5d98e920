using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

public sealed class OddConditionTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("""
        "okta.actor.id:\ud800"
        """)]
    [InlineData("""{"actor":"\ud800"}""")]
    [InlineData("""{"ipRange":"\udc00"}""")]
    [InlineData("""{"\ud800":"x"}""")]
    [InlineData("""{"\ud800":null}""")]
    public async Task Half_a_surrogate_pair_is_no_text(string condition) => await IsRefusedAsync(condition, "half of a surrogate pair");

    [Theory]
    [InlineData("""{"ipRange":"::/0"}""")]
    [InlineData("""{"ipRange":"0.0.0.0/0"}""")]
    [InlineData("""{"ipRange":"::ffff:0.0.0.0/96"}""")]
    [InlineData("""
        "okta.client.ip:\"0.0.0.0/0\""
        """)]
    [InlineData("""
        "source.ip:\"::/0\""
        """)]
    [InlineData("""
        "okta.client.ip:*"
        """)]
    [InlineData("""
        "okta.client.ip:(\"0.0.0.0/1\" or \"128.0.0.0/1\")"
        """)]
    public async Task Whatever_has_an_address_is_too_much_to_cover(string condition) => await IsRefusedAsync(condition, "condition must name");

    [Theory]
    [InlineData("""{"ipRange":"16.0.0.0/4"}""")]
    [InlineData("""{"ipRange":"2001:db8::/32"}""")]
    [InlineData("""{"actor":"eve@example.com","ipRange":"0.0.0.0/0"}""")]
    public async Task A_network_or_one_actor_from_anywhere_may_be_covered(string condition) =>
        await _detector.ExceptAsync(JsonNode.Parse(condition));

    [Theory]
    [InlineData("""{"actor":"eve\u0000"}""", "condition.actor must be a text")]
    [InlineData("""{"target":"ada\nbob"}""", "condition.target must be a text")]
    [InlineData("""{"apiToken":"\u001b[31m"}""", "control characters")]
    [InlineData("""
        "okta.actor.id:\"a\u0000b\""
        """, "control characters")]
    [InlineData("""
        "okta.actor.id:\"\u001b[31m\""
        """, "control characters")]
    public async Task What_cannot_be_seen_is_refused(string condition, string says) => await IsRefusedAsync(condition, says);

    [Theory]
    [InlineData("okta.actor.id:eve and\r\n\tokta.client.ip:198.51.100.23")]
    [InlineData("okta.actor.id:\"a\\u0000b\"")]
    public async Task A_query_may_have_lines_and_name_what_cannot_be_seen_by_its_number(string condition) => await _detector.ExceptAsync(condition);

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task IsRefusedAsync(string condition, string says)
    {
        var body = $$"""{"condition":{{condition}},"owner":"grace","reason":"Audit","endsAt":"2026-12-24T09:20:00Z"}""";
        var id = (await _detector.ExceptAsync("okta.actor.id:eve"))["id"];
        (HttpMethod, string)[] routes = [(HttpMethod.Post, ""), (HttpMethod.Put, $"/{id}"), (HttpMethod.Post, "/preview")];
        foreach (var (method, path) in routes)
        {
            using var answer = await _detector.SendAsync(method, $"{SomeExceptionItem.Path}{path}", body);
            Assert.Contains(says, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
        }
    }
}
