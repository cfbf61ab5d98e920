using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

/// <summary>No condition may cover resets of which neither actor, target, address, token nor place is known.</summary>
public sealed class WideConditionTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("event.action:user.mfa.factor.reset_all")]
    [InlineData("okta.event_type:(user.mfa.factor.reset_all or user.mfa.factor.deactivate)")]
    [InlineData("okta.actor.id:*")]
    [InlineData("okta.actor:*")]
    [InlineData("okta.actor.type:User")]
    [InlineData("okta.target.type:User")]
    [InlineData("okta.target:User")]
    [InlineData("okta.outcome.result:SUCCESS")]
    [InlineData("event.outcome:success and event.action:user.mfa.factor.reset_all and okta.actor.type:User")]
    [InlineData("not okta.outcome.result:FAILURE and okta.actor.id:*")]
    [InlineData("@timestamp:*")]
    [InlineData("@timestamp >= 2026-01-01")]
    [InlineData("okta.uuid:*")]
    [InlineData("event.kind:event")]
    [InlineData("data_stream.dataset:okta.system")]
    [InlineData("okta.display_message:*factors*")]
    [InlineData("okta.client.user_agent.browser:CHROME")]
    [InlineData("okta.security_context.is_proxy:false")]
    [InlineData("okta.debug_context.debug_data.flattened:*")]
    [InlineData("okta.*:SUCCESS")]
    [InlineData("*:User")]
    [InlineData("okta.actor.id:00u*")]
    [InlineData("okta.actor.id:a*")]
    [InlineData("okta.actor.id:*a*")]
    [InlineData("okta.actor.id:a* or not okta.actor.id:a*")]
    [InlineData("okta.actor.id:00u1bot or not okta.actor.id:00u1bot")]
    [InlineData("okta.actor.id:00u1bot or okta.outcome.result:SUCCESS")]
    [InlineData("okta.outcome.result:SUCCESS and not okta.actor.id:00u1bot")]
    [InlineData("okta.actor.id:* and not okta.actor.id:00u1bot")]
    [InlineData("okta.actor.id:(* and not 00u1bot)")]
    [InlineData("not (okta.actor.id:00u1bot and okta.client.ip:198.51.100.23)")]
    [InlineData("okta.actor.alternate_id:*@*")]
    [InlineData("okta.actor.alternate_id:*@example.com")]
    [InlineData("okta.target.alternate_id:*.com")]
    [InlineData("okta.actor.id >= 0")]
    [InlineData("okta.actor.id >= \"0\" and okta.target.id < \"zzz\"")]
    [InlineData("not okta.transaction.detail.request_api_token_id:*")]
    [InlineData("okta.actor.id:* and not okta.transaction.detail.request_api_token_id:00Tabc")]
    [InlineData("okta.client.ip >= 0.0.0.0")]
    [InlineData("okta.client.ip < 128.0.0.0 or okta.client.ip >= 128.0.0.0")]
    [InlineData("okta.client.ip:0.0.0.0/1 or okta.client.ip:128.0.0.0/1")]
    [InlineData("okta.client.ip:0.0.0.0/1")]
    [InlineData("okta.client.ip:(0.0.0.0/3 or 64.0.0.0/3 or 192.0.0.0/3)")]
    [InlineData("not okta.client.ip:10.0.0.0/8 and okta.actor.id:*")]
    [InlineData("okta.client.ip:\"2000::/3\"")]
    [InlineData("okta.request.ip_chain.ip:0.0.0.0/0 and okta.outcome.result:SUCCESS")]
    [InlineData("client.geo.city_name:*")]
    [InlineData("okta.actor.id:* and not client.geo.country_name:France")]
    public async Task A_condition_that_covers_resets_by_anyone_is_refused(string condition)
    {
        var id = (await _detector.ExceptAsync("okta.actor.id:00u1bot"))["id"];
        var body = SomeExceptionItem.Covering(condition);
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Post, ""), (HttpMethod.Put, $"/{id}")])
        {
            using var answer = await _detector.AskAsync(method, SomeExceptionItem.Path + path, body: body);
            Assert.Contains("condition must name", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("okta.actor.id:00u1bot")]
    [InlineData("okta.actor.alternate_id:\"helpdesk.one@example.com\" and okta.client.ip:\"198.51.100.0/24\"")]
    [InlineData("okta.target.alternate_id:ada@example.com")]
    [InlineData("okta.target.display_name:\"Ada Byron\"")]
    [InlineData("user.target.id:00u1target")]
    [InlineData("okta.actor.alternate_id:svc-reset-*")]
    [InlineData("okta.actor.alternate_id:svc-reset-*@example.com")]
    [InlineData("okta.transaction.detail.request_api_token_id:00Tabc")]
    [InlineData("okta.client.ip:198.51.100.23")]
    [InlineData("okta.client.ip:10.0.0.0/8")]
    [InlineData("okta.client.ip >= 198.51.100.1 and okta.client.ip <= 198.51.100.9")]
    [InlineData("okta.client.ip:\"2001:db8::/32\"")]
    [InlineData("okta.actor.id:* and okta.client.ip:198.51.100.0/24 and not okta.target.id:00u1ceo")]
    [InlineData("okta.actor.id:(00u1bot or 00u2bot) and not okta.target.alternate_id:ceo@example.com")]
    [InlineData("okta.actor.id:00u1bot and okta.outcome.result:SUCCESS")]
    [InlineData("okta.client.id:0oa1client")]
    [InlineData("client.geo.city_name:Lyon")]
    [InlineData("okta.target.alternateId:lena@example.com")]
    public async Task A_narrow_condition_is_accepted(string condition) => await _detector.ExceptAsync(condition);

    [Theory]
    [InlineData("okta.outcome.result:SUCCESS", "It names no actor, target, address, API token or place.")]
    [InlineData("okta.actor.id:*", "It names no target, address, API token or place, and what it says of the actor is true of nearly every reset.")]
    [InlineData("okta.client.ip:0.0.0.0/1 and okta.actor.id:*", "It names no target, API token or place, and what it says of the actor and the address is true of nearly every reset.")]
    public async Task The_refusal_says_which_part_is_missing(string condition, string says)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: SomeExceptionItem.Covering(condition));

        Assert.Contains(says, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_condition_of_a_place_alone_is_accepted_with_a_warning()
    {
        var added = await _detector.ExceptAsync("client.geo.country_name:Portugal");

        Assert.Contains("place", Assert.Single(added["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_condition_suppresses_nothing_and_stores_nothing()
    {
        using var refused = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: SomeExceptionItem.Covering("okta.outcome.result:SUCCESS"));
        await _detector.DeliverAsync(Some.FactorReset());

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
        Assert.Empty((await _detector.GetAsync(SomeExceptionItem.Path))["items"]!.AsArray());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
