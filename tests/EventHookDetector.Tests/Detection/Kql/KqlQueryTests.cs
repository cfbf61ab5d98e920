using System.Text.Json.Nodes;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Okta.Ecs;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection.Kql;

[Trait("Engine", "Any")]
public sealed class KqlQueryTests
{
    private static readonly LogEvent Reset = Assert.Single(Logged.Sample("reset-all"));
    private static readonly LogEvent SeveralTargets = Assert.Single(Logged.Sample("reset-all-several-targets"));

    [Theory]
    [InlineData("data_stream.dataset:okta.system and event.action:user.mfa.factor.reset_all")]
    [InlineData("event.dataset:okta.system and event.action:user.mfa.factor.reset_all")]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    [InlineData("*:*")]
    [InlineData("event.outcome : success")]
    [InlineData("event.outcome:success AND NOT event.kind:signal Or event.kind:x")]
    [InlineData("not event.outcome:failure")]
    [InlineData("not (not event.outcome:success)")]
    [InlineData("  ( event.outcome:success )  ")]
    [InlineData("okta.event_type:(a or user.mfa.factor.reset_all)")]
    [InlineData("event.outcome:(success and not failure)")]
    [InlineData("event.outcome:(not (failure or unknown))")]
    [InlineData("okta.actor.display_name: Helpdesk One")]
    [InlineData("okta.actor.display_name:\"Helpdesk One\" and event.kind:event")]
    [InlineData("okta.actor.display_name:Helpdesk One and event.kind:event")]
    [InlineData("\"okta.actor.display_name\":\"Helpdesk One\"")]
    [InlineData("okta.display_message:*factors*")]
    [InlineData("okta.actor.alternate_id:help*@*.com")]
    [InlineData("okta.security_context.is_proxy:false")]
    [InlineData("okta.debug_context.debug_data.threat_suspected:false")]
    [InlineData("okta.client.zone:\"null\"")]
    [InlineData("okta.actor.id:* and okta.actor:* and okta.debug_context.debug_data.flattened:*")]
    [InlineData("okta.target.display_name:(* and not \"Okta\")")]
    [InlineData("not okta.outcome.reason:*")]
    [InlineData("user.*:\"Ada Byron\"")]
    [InlineData("*.display_name:\"Ada Byron\"")]
    [InlineData("okta.debug_context.debug_data.flattened.*:who1*")]
    [InlineData("okta.debug_context.debug_data.flattened.targetEventHookIds:who1a2b3c4d5e6f7g8h9")]
    [InlineData("okta.debug_context.debug_data.flattened:who1*")]
    [InlineData("source.ip:198.51.100.0/24 and client.ip:198.51.100.23")]
    [InlineData("okta.request.ip_chain.ip:198.51.0.0/16")]
    [InlineData("source.ip >= 198.51.100.9 and source.ip < 198.51.101.0")]
    [InlineData("okta.security_context.as.number >= 15525 and okta.security_context.as.number < 1.6e4")]
    [InlineData("okta.uuid > \"5b8b7c60\"")]
    [InlineData("@timestamp:2026-11-24 and @timestamp >= 2026-11-24 and @timestamp <= 2026-11-24 and @timestamp:2026-11")]
    [InlineData("@timestamp > \"2026-11-24T09:15:02Z\" or @timestamp >= \"2026-11-24T09:15:02.417Z\"")]
    [InlineData("@timestamp:\"2026-11-24T09\" and @timestamp <= \"2026-11-24T09\" and not @timestamp:\"2026-11-24T10Z\"")]
    [InlineData("@timestamp >= 1795219200000 and @timestamp < 1800000000000")]
    [InlineData("okta.target:\"Ada Byron\" and okta.target:User and okta.target:(* and not nobody)")]
    [InlineData("okta.request.ip_chain:V4 and okta.request.ip_chain:198.51.100.0/24")]
    [InlineData("okta.security_context.as.number:15525 and okta.security_context.as.number:1.5525e4")]
    [InlineData("okta.actor.display_name:Helpdesk\\u0020One")]
    [InlineData("okta.actor.display_name:\"Helpdesk\\u0020One\"")]
    [InlineData("event.kind:event\nand\n  event.module:okta\n")]
    [InlineData("a:b or event.kind:event")]
    [InlineData("a:b and event.kind:x or event.kind:event")]
    public void It_matches_the_reset(string query) => Assert.True(KqlQuery.Parse(query).Matches(Reset), query);

    [Theory]
    [InlineData("event.action:user.session.start")]
    [InlineData("event.action:USER.MFA.FACTOR.RESET_ALL")]
    [InlineData("event.action:\"user.mfa.*\"")]
    [InlineData("event.action:user.mfa.factor.reset_al?")]
    [InlineData("unknown.field:*")]
    [InlineData("okta.outcome.reason:*")]
    [InlineData("okta.client.zone:null")]
    [InlineData("not event.outcome:success")]
    [InlineData("event.outcome:(success and failure)")]
    [InlineData("not event.kind:x and event.kind:x or event.kind:y")]
    [InlineData("okta.security_context.is_proxy:true")]
    [InlineData("source.ip:10.0.0.0/8")]
    [InlineData("@timestamp > 2026-11-24")]
    [InlineData("@timestamp < 2026-11-24")]
    [InlineData("okta.security_context.as.number > 15525")]
    [InlineData("okta.actor.display_name > 5")]
    [InlineData("okta.target:Finance")]
    [InlineData("okta.actor:User")]
    public void It_does_not_match_the_reset(string query) => Assert.False(KqlQuery.Parse(query).Matches(Reset), query);

    [Theory]
    [InlineData("okta.target.display_name:Finance", true)]
    [InlineData("okta.target.display_name:(Finance and \"Ada Byron\")", true)]
    [InlineData("okta.target.display_name:(Finance and Marketing)", false)]
    [InlineData("not okta.target.display_name:Finance", false)]
    [InlineData("okta.target.type:UserGroup and okta.target.display_name:\"Ada Byron\"", true)]   // the pairing is lost
    [InlineData("okta.target:Finance", true)]
    [InlineData("not okta.target:Finance", false)]
    [InlineData("user.target.full_name:Finance", false)]
    public void Of_many_values_one_is_enough(string query, bool matches) => Assert.Equal(matches, KqlQuery.Parse(query).Matches(SeveralTargets));

    [Theory]
    [InlineData(true)]
    [InlineData("true")]
    public void True_matches_a_boolean_and_its_name(object isProxy)
    {
        var json = Some.FactorReset();
        json["securityContext"] = new JsonObject { ["isProxy"] = isProxy is bool flag ? JsonValue.Create(flag) : JsonValue.Create((string)isProxy) };

        Assert.True(KqlQuery.Parse("okta.security_context.is_proxy:true").Matches(Logged.Event(json)));
        Assert.False(KqlQuery.Parse("okta.security_context.is_proxy:false").Matches(Logged.Event(json)));
    }

    [Theory]
    [InlineData("""a \"quoted\" one""", "a \"quoted\" one")]
    [InlineData("""back\\slash""", "back\\slash")]
    [InlineData("""tab\there""", "tab\there")]
    [InlineData("""left \x alone""", "left \\x alone")]
    [InlineData("""*""", "*")]
    [InlineData("""a and b""", "a and b")]
    public void In_quotes_few_things_need_a_backslash(string quoted, string value) => AssertMatches($"user.name:\"{quoted}\"", value);

    [Theory]
    [InlineData(@"\*x\*", "*x*")]
    [InlineData(@"a\:b\(c\)\{d\}\<\>\""\\", "a:b(c){d}<>\"\\")]
    [InlineData(@"this \and that \or \not those", "this and that or not those")]
    [InlineData(@"a\u00e9", "aé")]
    [InlineData(@"  ends are trimmed  ", "ends are trimmed")]
    [InlineData(@"android and event.kind:event", "android")]
    [InlineData("OR", "OR")]
    [InlineData("OR and event.kind:event", "OR")]
    [InlineData("(OR or or)", "or")]
    [InlineData("(OR)", "OR")]
    [InlineData("(not)", "not")]
    [InlineData("not", "not")]
    [InlineData("( not )", "not")]
    [InlineData("(x or not)", "not")]
    [InlineData("(not x)", "not")]
    [InlineData(@"a\*b*", "a*bc")]
    public void Without_quotes_special_characters_and_operators_need_one(string unquoted, string value) => AssertMatches($"user.name:{unquoted}", value);

    [Fact]
    public void A_log_event_cut_off_matches_as_far_as_it_goes()
    {
        var logEvent = new LogEvent("""{"eventType":"user.mfa.factor.reset_all","actor":{"displayName":"Eve","type":"Us"""u8.ToArray(), "user.mfa.factor.reset_all", org: null);

        Assert.True(KqlQuery.Parse("event.action:user.mfa.factor.reset_all and user.full_name:Eve and not okta.actor.type:*").Matches(logEvent));
    }

    [Fact]
    public void A_list_of_values_as_long_as_people_make_them_is_fine()
    {
        var query = KqlQuery.Parse($"okta.actor.alternate_id:({string.Join(" or ", Enumerable.Range(0, 1000).Select(n => $"\"person.{n}@example.com\""))} or helpdesk.one@example.com)");

        Assert.True(query.Matches(Reset));
        Assert.False(query.Matches(Logged.Event(Some.LogEvent("x", actor: "nobody@example.com"))));
    }

    [Theory]
    [InlineData("event.action:user.session.start")]
    [InlineData("data_stream.dataset:okta.system and event.action:(user.session.start or user.session.end or a*)")]
    [InlineData("event.action:user.session.start and okta.actor.display_name:*")]
    [InlineData("okta.actor.display_name:nobody or okta.target.id:(a or b) or source.ip:10.0.0.0/8")]
    public void Asking_about_an_unwanted_log_event_allocates_nothing(string text)
    {
        var query = KqlQuery.Parse(text);
        for (var n = 0; n < 100; n++) query.Matches(Reset);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var matches = query.Matches(Reset);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.False(matches);
        Assert.Equal(0, allocated);
    }

    private static void AssertMatches(string query, string actor) =>
        Assert.True(KqlQuery.Parse(query).Matches(Logged.Event(Some.LogEvent("x", actor: actor))), query);
}
