using System.Globalization;
using System.Text;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

/// <summary>The work on a broken body follows its length. The tests count bytes, not time.</summary>
[Trait("Engine", "Any")]
public sealed class SalvageTests
{
    private const int Size = 4 * 1024 * 1024;
    private const string Type = "\"eventType\":\"user.mfa.factor.reset_all\"";

    public static TheoryData<string, string, string> Bodies => new()
    {
        { Repeat("{\"a\":", 200), "[1],", "{" + Type },
        { Repeat("{\"a\":{\"b\":1},\"c\":[", 100), "1,", "0]," + Type },
        { Repeat("{\"a\":", 128) + "[", "1,", "0]," + Type + ",!" },
        { "{\"uuid\":\"u\",\"a\":[", "{\"b\":{},\"c\":\"{\"},", "0]," + Type + ",!" },
        { "{\"uuid\":\"u\",\"a\":\"", "{", "\"," + Type + ",!" },
        { "{\"uuid\":\"u\",\"a\":\"", "\\\\", "\"," + Type + ",!" },
        { "{\"uuid\":\"u\",\"a\":\"", "\\\"{", "\"," + Type + ",!" },
        { "", "{\"eventType\":\"x\",!", Type },
        { "", "{\"eventType\":\"x\",!" + Type, "" },
        { "", "{\"eventType\":7,\"a\":{\"eventType\":8,\"b\":[!" + "{},{},{}," + Type, "" },
        { "", "{\"eventType\":\"user.mfa.factor.reset\\u005fall\",!", "" },
        { "", "{\"eventType\":\"\\ud800\",!", Type },
        { "", "\"eventType\":!", Type },
        { "", "\"eventType\":\"\\q\",", Type },
        { "", "\"eventType\":\"\\u00", Type },
        { "", "{\"a\":\"" + Type + "\"},", "!" },
        { "", Repeat("{\"a\":", 100) + "1" + Repeat("}", 100) + ",", Type },
        { "\"", "x", "" },
        { "{" + Type + ",\"a\":\"", "x", "" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void The_bytes_read_are_at_most_eight_times_the_body(string beginning, string repeated, string end)
    {
        var body = Encoding.UTF8.GetBytes(beginning + Repeat(repeated, Size / repeated.Length) + end);
        var slices = new List<DeliveryReader.Slice>();

        var salvage = BrokenDelivery.Read(body, Reading.Wanted, slices, from: 0);

        Assert.InRange(salvage.BytesRead, 0, (8L * body.Length) + (BrokenDelivery.MaxLogEvents * 32L * 1024));
        Assert.InRange(slices.Count, 0, BrokenDelivery.MaxLogEvents);
        Assert.Equal(slices.Count > 0, Encoding.UTF8.GetString(body).Contains("user.mfa.factor.reset", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[", "1,", "0]")]
    [InlineData("[", "{\"b\":{},\"c\":\"{\\\"\"},", "0]")]
    [InlineData("\"", "{", "\"")]
    [InlineData("\"", "\\\\", "\"")]
    [InlineData("\"", "\\\"{", "\"")]
    public void A_reset_keeps_its_uuid_behind_megabytes_of_its_own(string beginning, string repeated, string end)
    {
        var filling = beginning + Repeat(repeated, Size / repeated.Length) + end;

        var delivery = Reading.Of($$"""{"data":{"events":[! {"uuid":"u1","a":{{filling}},{{Type}},"x":!""");

        Assert.Equal("u1", Assert.Single(delivery.LogEvents).Uuid);
    }

    [Fact]
    public void A_reset_before_and_behind_is_found_wherever_a_large_body_breaks()
    {
        const string filler = """{"uuid":"f","eventType":"user.session.start","a":{"b":["{\"",1]}},""";
        var before = Some.FactorReset(uuid: "before").ToJsonString() + ",";
        var after = "," + Some.FactorReset(uuid: "after").ToJsonString();
        var large = Repeat(filler, 3000);

        for (var at = 0; at < filler.Length; at++)
        {
            var place = (filler.Length * 1500) + at;
            foreach (var broken in new[] { large[..place] + "\u0001" + large[place..], large[..place] + large[(place + 1)..] })
            {
                var delivery = Reading.OfLogEvents(before + broken + after[1..] + "!");

                var uuids = delivery.LogEvents.Where(logEvent => logEvent.EventType is not null).Select(logEvent => logEvent.Uuid);
                Assert.Equal(["before", "after"], uuids);
            }
        }
    }

    [Fact]
    public void A_body_with_more_resets_than_are_read_says_how_many_and_from_where()
    {
        var reset = "{" + Type + "},";
        var body = "!" + Repeat(reset, BrokenDelivery.MaxLogEvents + 7);

        var delivery = Reading.Of(body);

        Assert.Equal(BrokenDelivery.MaxLogEvents, delivery.LogEvents.Count);
        var first = 1 + (reset.Length * BrokenDelivery.MaxLogEvents) + "{\"eventType\":".Length + 1;
        Assert.EndsWith(
            string.Create(CultureInfo.InvariantCulture, $" Log events not read, behind the first 1000 found and from byte {first} on: 7. Resets may be among them."),
            delivery.Defect!,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_whose_beginning_costs_too_much_is_found_and_the_body_says_so()
    {
        var delivery = Reading.Of(Repeat("{\"eventType\":\"x\",!", 10_000) + Type);

        Assert.Single(delivery.LogEvents);
        Assert.EndsWith(" Log events whose beginning was not found within the limit of work: 1. Their accounts may be missing; look into the body.", delivery.Defect!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_is_read_within_the_limits_has_no_remark() =>
        Assert.Equal("The body is not JSON: it breaks at line 1, byte 1 of that line.", Reading.Of("!{" + Type + "}").Defect);

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
