using EventHookDetector.Detection.Kql;

namespace EventHookDetector.Tests.Detection.Kql;

[Trait("Engine", "Any")]
public sealed class KqlEventTypesTests
{
    [Theory]
    [InlineData("data_stream.dataset:okta.system and event.action:a", "a")]
    [InlineData("okta.event_type:(a or \"b\") and okta.outcome.result:SUCCESS", "a b")]
    [InlineData("event.action:a or (event.action:b and not user.name:x)", "a b")]
    [InlineData("event.action:(a or b) and event.action:(b or c)", "b")]
    [InlineData("event.action:(a and b)", "")]
    [InlineData("event.action:null", "")]
    [InlineData("not (not event.action:a)", "a")]
    [InlineData("not (user.name:x or not event.action:a)", "a")]
    public void A_query_says_which_event_types_it_could_match(string query, string eventTypes) =>
        Assert.Equal(eventTypes, string.Join(' ', KqlQuery.Parse(query).EventTypes!.Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("user.name:x")]
    [InlineData("event.action:*")]
    [InlineData("event.action:user.mfa.*")]
    [InlineData("event.*:a")]
    [InlineData("not event.action:a")]
    [InlineData("event.action:a or user.name:x")]
    [InlineData("event.action > a")]
    [InlineData("event.action:(not a)")]
    public void Or_that_it_may_be_any(string query) => Assert.Null(KqlQuery.Parse(query).EventTypes);
}
