using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

[Trait("Engine", "Any")]
public sealed class DeliveryReaderTests
{
    private const string Reset = """{"uuid":"u1","eventType":"user.mfa.factor.reset_all"}""";
    private const string Login = """{"uuid":"u2","eventType":"user.session.start"}""";

    [Fact]
    public void The_order_of_keys_does_not_matter() => Gen.Int.Sample(
        seed =>
        {
            var ordered = JsonNode.Parse(Some.Sample("reset-all"))!;
            var original = Reading.Of(Some.Sample("reset-all"));

            var delivery = Reading.Of(Shuffled(ordered, new Random(seed))!.ToJsonString());

            Assert.Equal((null, original.Org, original.EventId), (delivery.Defect, delivery.Org, delivery.EventId));
            var (read, expected) = (Assert.Single(delivery.LogEvents), Assert.Single(original.LogEvents));
            Assert.Equal((expected.Uuid, expected.Fields.Actor, expected.Fields.TargetUser), (read.Uuid, read.Fields.Actor, read.Fields.TargetUser));
            Assert.Equal((expected.Fields.Published, expected.Fields.Network), (read.Fields.Published, read.Fields.Network));
            Assert.Equal(expected.Key, read.Key);
        },
        iter: 200);

    [Fact]
    public void What_is_unknown_is_passed_over()
    {
        var delivery = Reading.Of(
            $$$"""{"new":[{"data":1}],"data":{"new":{"events":[1]},"events":[{{{Reset}}}],"more":null},"more":{"source":"https://evil.example"}}""");

        Assert.Null(delivery.Defect);
        Assert.Equal("u1", Assert.Single(delivery.LogEvents).Uuid);
        Assert.Null(delivery.Org);
    }

    [Fact]
    public void Two_lists_of_log_events_are_both_read()
    {
        var delivery = Reading.Of($$$"""{"data":{"events":[{{{Reset}}}],"events":[{{{Login}}}]},"data":{"events":[{"uuid":"u3","eventType":"user.mfa.factor.reset_all"}]}}""");

        Assert.Equal(["u1", "u3"], delivery.LogEvents.Select(logEvent => logEvent.Uuid));
        Assert.Equal((1, null), (delivery.Unwanted, delivery.Defect));
    }

    [Theory]
    [InlineData("""{"eventType":"user.session.start","eventType":"user.mfa.factor.reset_all"}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all","eventType":"user.session.start"}""")]
    [InlineData("""{"eventType":null,"eventType":"user.mfa.factor.reset_all","eventType":7}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset\u005fall"}""")]
    [InlineData("""{"\u0065ventType":"user.mfa.factor.reset_all"}""")]
    [InlineData("""{"\ud800":1,"eventType":"user.mfa.factor.reset_all","\uDC00\ud800":2}""")]
    [InlineData("""{"eventType":"\ud800","eventType":"user.mfa.factor.reset_all"}""")]
    public void A_log_event_that_calls_itself_a_reset_in_any_spelling_is_one(string logEvent)
    {
        var read = Assert.Single(Reading.OfLogEvents(logEvent).LogEvents);

        Assert.Equal(("user.mfa.factor.reset_all", null), (read.EventType, read.Defect));
        Reading.ReadThrough(read);
    }

    [Theory]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all "}""")]
    [InlineData("""{"eventType":"USER.MFA.FACTOR.RESET_ALL"}""")]
    [InlineData("""{"eventType":""}""")]
    [InlineData("""{"eventType":"\ud800"}""")]
    [InlineData("""{"eventType":"user.mfa.factor.reset_all\udfff"}""")]
    [InlineData("""{"eventType":"x","user.mfa.factor.reset_all":1,"detail":{"eventType":"user.mfa.factor.reset_all"}}""")]
    public void Any_other_event_type_is_unwanted(string logEvent)
    {
        var delivery = Reading.OfLogEvents(logEvent);

        Assert.Equal((0, 1, null), (delivery.LogEvents.Count, delivery.Unwanted, delivery.Defect));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("true")]
    [InlineData("\"user.mfa.factor.reset_all\"")]
    [InlineData("""[{"eventType":"user.mfa.factor.reset_all"}]""")]
    [InlineData("{}")]
    [InlineData("""{"eventtype":"user.mfa.factor.reset_all"}""")]
    [InlineData("""{"eventType":null}""")]
    [InlineData("""{"eventType":1}""")]
    [InlineData("""{"eventType":["user.mfa.factor.reset_all"]}""")]
    [InlineData("""{"eventType":{"eventType":"user.mfa.factor.reset_all"}}""")]
    public void What_is_no_log_event_is_handed_on_as_it_came_and_leaves_its_neighbours_alone(string odd)
    {
        var delivery = Reading.OfLogEvents($"{Reset}, {odd} ,{Login},{Reset}");

        Assert.Null(delivery.Defect);
        Assert.Equal(1, delivery.Unwanted);
        Assert.Equal(["u1", null, "u1"], delivery.LogEvents.Select(logEvent => logEvent.Defect is null ? logEvent.Uuid : null));
        Assert.Equal(odd, Encoding.UTF8.GetString(delivery.LogEvents[1].Json));
        Reading.ReadThrough(delivery.LogEvents[1]);
    }

    [Fact]
    public void A_hundred_unreadable_log_events_are_told_one_by_one_and_more_are_the_fault_of_the_body()
    {
        string Nulls(int count) => string.Concat(Enumerable.Repeat("null,", count));

        var few = Reading.OfLogEvents(Nulls(100) + Reset);
        var many = Reading.OfLogEvents(Nulls(100_000) + Reset);

        Assert.Equal((101, null), (few.LogEvents.Count, few.Defect));
        Assert.Equal((101, "100000 log events in it cannot be read."), (many.LogEvents.Count, many.Defect));
        Assert.Equal("u1", many.LogEvents[^1].Uuid);
    }

    [Fact]
    public void A_byte_order_mark_changes_nothing() =>
        Assert.Equal(
            Assert.Single(Reading.Of(Some.Sample("reset-all")).LogEvents).Json,
            Assert.Single(Reading.Of([.. Encoding.UTF8.Preamble, .. Some.Sample("reset-all")]).LogEvents).Json);

    [Fact]
    public void A_log_event_may_nest_two_hundred_deep()
    {
        var deep = $$"""{"a":{{new string('[', 198)}}{{new string(']', 198)}},"uuid":"deep","eventType":"user.mfa.factor.reset_all"}""";

        var delivery = Reading.OfLogEvents(deep);

        Assert.Null(delivery.Defect);
        Assert.Equal("deep", Assert.Single(delivery.LogEvents).Uuid);
    }

    [Theory]
    [InlineData("\"https://EXAMPLE.okta.com/api/v1/eventHooks/x\"", "example.okta.com")]
    [InlineData("\"https://example.okta.com:8443\"", "example.okta.com")]
    [InlineData("\"/api/v1/eventHooks/x\"", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("7", null)]
    [InlineData("{\"data\":{\"events\":[1]}}", null)]
    public void The_org_is_the_host_of_the_source(string source, string? org)
    {
        var delivery = Reading.Of($$$"""{"data":{"events":[{{{Reset}}}]},"source":{{{source}}}}""");

        Assert.Equal((org, null), (delivery.Org, delivery.Defect));
        Assert.Equal(org, Assert.Single(delivery.LogEvents).Org);
    }

    [Fact]
    public void A_hundred_log_events_that_nobody_wants_leave_nothing_behind()
    {
        var body = Encoding.UTF8.GetBytes(Some.Delivery([.. Enumerable.Range(0, 100).Select(_ => Some.Login())]).ToJsonString());
        _ = Reading.Of(body);
        _ = Reading.Of(body);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var delivery = Reading.Of(body);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((100, 0), (delivery.Unwanted, delivery.LogEvents.Count));
        Assert.InRange(allocated, 0, 2048);
    }

    private static JsonNode? Shuffled(JsonNode? node, Random random) => node switch
    {
        JsonObject properties => new JsonObject(properties.OrderBy(_ => random.Next()).Select(p => KeyValuePair.Create(p.Key, Shuffled(p.Value, random)))),
        JsonArray items => new JsonArray([.. items.Select(item => Shuffled(item, random))]),
        _ => node?.DeepClone(),
    };
}
