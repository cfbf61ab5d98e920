using System.Text;
using CsCheck;
using EventHookDetector.Okta.Ecs;
using EventHookDetector.Tests.Detection.Kql;

namespace EventHookDetector.Tests.Okta.Ecs;

[Trait("Engine", "Any")]
public sealed class EcsFieldTests
{
    [Theory]
    [InlineData("""{"actor":{"id":null}}""", "okta.actor.id", "")]
    [InlineData("""{"actor":{"id":""}}""", "okta.actor.id", "")]
    [InlineData("""{"actor":{"id":{}}}""", "okta.actor.id", "")]
    [InlineData("""{"actor":{"id":[]}}""", "okta.actor.id", "")]
    [InlineData("""{"actor":"odd"}""", "okta.actor.id", "")]
    [InlineData("""[1,2]""", "okta.actor.id", "")]
    [InlineData("", "okta.actor.id", "")]
    [InlineData("""{"actor":{"id":7}}""", "okta.actor.id", "7")]
    [InlineData("""{"actor":{"id":"a\u0062\n"}}""", "okta.actor.id", "ab\n")]
    [InlineData("""{"actor":{"id":"half \ud800"}}""", "okta.actor.id", "half \uFFFD")]
    [InlineData("""{"actor":{"id":"a"},"actor":{"id":"b"}}""", "okta.actor.id", "a|b")]
    [InlineData("""{"actor":[{"id":"a"},{"id":["b","c"]}]}""", "okta.actor.id", "a|b|c")]
    [InlineData("""{"client":{"ipAddress":"unknown"}}""", "source.ip", "")]
    [InlineData("""{"client":{"ipAddress":"1"}}""", "source.ip", "")]
    [InlineData("""{"client":{"ipAddress":"010.0.0.1"}}""", "source.ip", "")]
    [InlineData("""{"client":{"ipAddress":"2001:db8::1"}}""", "source.ip", "2001:db8::1")]
    [InlineData("""{"actor":{"alternateId":"ada"}}""", "user.email", "")]
    [InlineData("""{"actor":{"alternateId":"ada@example.com"}}""", "user.email", "ada@example.com")]
    [InlineData("""{"published":"yesterday"}""", "@timestamp", "")]
    [InlineData("""{"target":{"type":"user","id":"one"}}""", "user.target.id", "one")]
    [InlineData("""{"target":[{"id":"a","type":"AppUser"},{"id":"b","type":"User"},{"id":"c","type":"User"}]}""", "user.target.id", "b")]
    [InlineData("""{"target":[{"type":"User"},{"id":"c","type":"User"}]}""", "user.target.id", "")]
    [InlineData("""{"client":{"ipChain":[{"ip":"10.0.0.1"}]}}""", "okta.request.ip_chain.ip", "10.0.0.1")]
    [InlineData("""{"request":{"ipChain":[{"ip":"10.0.0.2"}]}}""", "okta.request.ip_chain.ip", "10.0.0.2")]
    [InlineData("""{"debugContext":{"debugData":{"a":{"b":[1,{"c":true}]}}}}""", "okta.debug_context.debug_data.flattened.a.b", "1")]
    [InlineData("""{"debugContext":{"debugData":{"a":{"b":[1,{"c":true}]}}}}""", "okta.debug_context.debug_data.flattened.a.b.c", "true")]
    [InlineData("""{"debugContext":{"debugData":{"a":{"b":[1,{"c":true}]}}}}""", "okta.debug_context.debug_data.flattened", "1|true")]
    [InlineData("""{"actor":{"id":"a","type":"Us""", "okta.actor.id", "a")]
    [InlineData("""{"target":[{"type":"User","id":"a"},{"ty""", "okta.target.id", "a")]
    [InlineData("""{"severity":"INFO"}""", "okta.severity", "")]
    public void A_field_has_the_values_that_are_values(string json, string field, string values) =>
        Assert.Equal(values, string.Join('|', Logged.Event(json).Values(field)));

    [Fact]
    public void Values_read_one_by_one_are_those_of_the_document() =>
        SomeQueries.LogEvents.Sample(logEvent =>
        {
            var document = Logged.Flat(EcsDocument.Of(logEvent));
            var names = EcsFields.All.Select(field => field.Name).Concat(document.Select(field => field.Key)).Distinct(StringComparer.Ordinal);

            return names.All(name => logEvent.Values(name).ToHashSet(StringComparer.Ordinal).SetEquals(document[name]));
        });

    [Fact]
    public void Whatever_comes_there_is_a_document() =>
        Gen.OneOf(
            Gen.Byte.Array,
            Gen.Char["{}[]\":,\\u0ntaclie "].Array.Select(text => Encoding.UTF8.GetBytes(text)),
            Gen.Select(SomeQueries.LogEvents, Gen.Int, Gen.Byte, (logEvent, at, value) => Spoilt(logEvent.Json, at, value)))
        .Sample(json => EcsDocument.Of(Logged.Event(json)).ToJsonString().Length > 0);

    [Fact]
    public void Debug_data_nested_without_end_is_cut_off_and_can_still_be_written()
    {
        var nested = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        var logEvent = Logged.Event("""{"debugContext":{"debugData":{"b":2,"a":""" + nested + "}}}");

        Assert.Equal("""{"b":2}""", EcsDocument.Of(logEvent)["okta"]!["debug_context"]!["debug_data"]!["flattened"]!.ToJsonString());
    }

    private static byte[] Spoilt(byte[] json, int at, byte value)
    {
        var spoilt = json.ToArray();
        if (spoilt.Length > 0) spoilt[(int)((uint)at % spoilt.Length)] = value;
        return spoilt;
    }
}
