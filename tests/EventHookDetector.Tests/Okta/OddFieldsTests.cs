using System.Text;
using System.Text.Json;
using CsCheck;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

[Trait("Engine", "Any")]
public sealed class OddFieldsTests
{
    private static readonly byte[] LogEventOfOkta = Assert.Single(Reading.Of(Some.Sample("reset-all")).LogEvents).Json;

    private static readonly Gen<string> OddValue = Gen.OneOf(
        "null", "true", "false", "0", "-1.5e300", "1e999", "18446744073709551616", "\"\"", "\" \"", "\"\\ud800\"", "\"\\udc00x\\ud800\\ud800\"",
        "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"\\\\ud800\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\"", "[]", "[[[[]]]]",
        "[null,1,\"x\",{}]", "[{\"ip\":1},{\"ip\":{}},7]", "{}", "{\"id\":{},\"type\":[]}", "{\"\\ud800\":1,\"id\":\"x\"}", "{\"id\":1,\"id\":null}");

    [Fact]
    public void Whatever_stands_in_any_field_a_reset_is_still_one_reset() =>
        Gen.Select(Gen.OneOf(ValuesIn(LogEventOfOkta)), OddValue).List[1, 3].Sample(
            replacements =>
            {
                var json = Encoding.UTF8.GetString(LogEventOfOkta);
                var last = json.Length + 1;
                foreach (var (place, value) in replacements.OrderByDescending(replacement => replacement.Item1.Start))
                {
                    if (place.End > last) continue;
                    (json, last) = (json[..place.Start] + value + json[place.End..], place.Start);
                }

                var delivery = Reading.OfLogEvents(json);

                Assert.Null(delivery.Defect);
                var read = Assert.Single(delivery.LogEvents);
                Assert.Equal((Some.ResetType, null), (read.EventType, read.Defect));
                Reading.ReadThrough(read);
            },
            iter: 5000);

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"  \"")]
    [InlineData("{}")]
    [InlineData("[\"u1\"]")]
    public void Without_a_uuid_the_hash_of_the_content_stands_in(string uuid)
    {
        var read = Assert.Single(Reading.OfLogEvents($$"""{"uuid":{{uuid}},"eventType":"user.mfa.factor.reset_all"}""").LogEvents);

        Assert.Equal($"sha256:{read.ContentHash}", read.Uuid);
    }

    [Fact]
    public void Numbers_stand_for_text_where_text_is_usual()
    {
        var fields = FieldsOf("""
            {"uuid":17,"version":0,"actor":{"id":1,"alternateId":2.5},"securityContext":{"asNumber":15525,"isProxy":"true"},
             "client":{"ipAddress":null,"geographicalContext":{"city":3}},"transaction":{"id":"unknown","detail":{"requestApiTokenId":"00T1"}}}
            """);

        Assert.Equal(("17", new Subject("1", Type: null, "2.5", DisplayName: null)), (fields.Uuid, fields.Actor));
        Assert.Equal(("15525", true), (fields.Network!.AsNumber, fields.Network.IsProxy));
        Assert.Equal(("3", "unknown", "00T1"), (fields.Client!.City, fields.TransactionId, fields.ApiTokenId));
    }

    [Theory]
    [InlineData("""{"client":{"ipAddress":"198.51.100.1","ipChain":[{"ip":"198.51.100.1"},{"ip":"203.0.113.9"}]}}""")]
    [InlineData("""{"client":{"ipAddress":"198.51.100.1"},"request":{"ipChain":[{"ip":"198.51.100.1"},null,{"ip":"203.0.113.9"},{"ip":null}]}}""")]
    [InlineData("""{"client":{"ipChain":[{"ip":"198.51.100.1"}]},"request":{"ipChain":[{"ip":"198.51.100.1"},{"ip":"203.0.113.9"}]}}""")]
    public void The_chain_of_addresses_is_read_where_event_hooks_and_where_the_System_Log_put_it(string logEvent)
    {
        var client = FieldsOf(logEvent).Client!;

        Assert.Equal("198.51.100.1", client.IpAddress);
        Assert.Equal(["198.51.100.1", "203.0.113.9"], client.IpChain);
    }

    [Theory]
    [InlineData(""" "Ada \ud83d\ude00 Byron" """, "Ada 😀 Byron")]
    [InlineData(""" "Ada \ud800 Byron" """, "Ada \ufffd Byron")]
    [InlineData(""" "\udc00\ud83d" """, "\ufffd\ufffd")]
    [InlineData(""" "\ud83d\ud83d\ude00" """, "\ufffd😀")]
    [InlineData(""" "C:\\ud800" """, @"C:\ud800")]
    [InlineData(""" "a\u0000b" """, "a\ufffdb")]
    public void A_name_shows_what_of_it_can_be_shown(string name, string shown) =>
        Assert.Equal(shown, FieldsOf($$"""{"actor":{"displayName":{{name}}} }""").Actor!.DisplayName);

    [Fact]
    public void The_first_target_is_meant_where_none_is_a_user() =>
        Assert.Equal("g", FieldsOf("""{"target":[null,7,{},{"id":"g","type":"UserGroup"},{"id":"a","type":"AppUser"}]}""").TargetUser!.Id);

    private static LogEventFields FieldsOf(string logEvent) => LogEventFields.Read(Encoding.UTF8.GetBytes(logEvent));

    /// <summary>Where each value stands that may become anything; the event type may not.</summary>
    private static (int Start, int End)[] ValuesIn(byte[] json)
    {
        var places = new List<(int Start, int End)>();
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(json);
        var isEventType = false;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) open.Push((int)reader.TokenStartIndex);
            else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) places.Add((open.Pop(), (int)reader.BytesConsumed));
            else if (reader.TokenType != JsonTokenType.PropertyName && !isEventType) places.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed));
            isEventType = reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("eventType"u8);
        }

        return [.. places.Where(place => place.Start > 0)];
    }
}
