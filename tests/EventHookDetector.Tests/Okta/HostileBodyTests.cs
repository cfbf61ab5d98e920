using System.Text;
using CsCheck;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

/// <summary>Bodies made to be slow. Nothing here looks at the time: what is quadratic does not come to an end.</summary>
[Trait("Engine", "Any")]
public sealed class HostileBodyTests
{
    private const int Size = 16 * 1024 * 1024;
    private const string Type = "\"eventType\":\"user.mfa.factor.reset_all\"";

    public static TheoryData<string, string> Bodies => new()
    {
        { "", "{" },
        { "", "[" },
        { "", "{\"a\":" },
        { "", "\"user.mfa.factor.reset_all\"" },
        { "", "\"user.mfa.factor.reset_all\":" },
        { "", "\"eventType\":" },
        { "", "\"eventType\":\"" },
        { "", "\"eventType\":\"\\u0075ser" },
        { "", Type },
        { "", Type + "," },
        { "", "{" + Type },
        { "", "{" + Type + "}," },
        { "", "{{{{" + Type },
        { "", "{\"a\":{\"b\":\"" + Type },
        { "", "{},{\"\":{},\"eventType\":7,," + Type },
        { "{\"data\":{\"events\":[", "{\"\\ud800\":1}," },
        { "{\"data\":{\"events\":[{", "\"\\ud800\":1," },
        { "{\"data\":{\"events\":[", "{" + Type + "} " },
        { "{\"data\":{\"events\":[", "null," },
        { "{\"data\":{\"events\":[", "{" + Type + ",\"a\":[}]," },
        { "{\"data\":{\"events\":[{" + Type + ",\"request\":{\"ipChain\":[", "{\"\\ud800\":1,\"ip\":\"\\ud800\"}," },
        { "{" + Type + ",\"actor\":{\"displayName\":\"", "\\ud800" },
        { "", "\u00e9\uffff\0" },
        { "", "\"eventType\"" + new string(' ', 4000) },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_body_of_sixteen_megabytes_of_the_same_is_read_to_its_end(string beginning, string repeated)
    {
        var times = Size / Encoding.UTF8.GetByteCount(repeated);
        var body = Encoding.UTF8.GetBytes(beginning + string.Concat(Enumerable.Repeat(repeated, times)));

        var delivery = Reading.Of(body);

        Assert.NotNull(delivery.Defect);
        Assert.InRange(delivery.LogEvents.Count, 0, 1101);
        foreach (var logEvent in delivery.LogEvents) Reading.ReadThrough(logEvent);
    }

    [Fact]
    public void No_bytes_at_all_can_make_it_throw_or_find_one_reset_twice() =>
        Gen.Select(Piece.Array[0, 30], Gen.Bool).Sample(
            (pieces, inEnvelope) =>
            {
                var text = string.Concat(pieces);
                var delivery = inEnvelope ? Reading.OfLogEvents(text) : Reading.Of(text);

                Assert.True(delivery.LogEvents.Count(logEvent => logEvent.EventType is not null) <= text.Split(Some.ResetType).Length - 1);
                foreach (var logEvent in delivery.LogEvents) Reading.ReadThrough(logEvent);
            },
            iter: 20_000);

    private static Gen<string> Piece => Gen.OneOf(
        "{", "}", "[", "]", ",", ":", "\"", "\\", " ", "1", "null", "\"data\":{\"events\":[", "\"eventType\":", "\"uuid\":\"u\",", "{" + Type + "}",
        Type, Type + ",", "\"user.mfa.factor.reset_all\"", "\"\\ud800\":", "{\"eventType\":\"x\"},", "\u0001", "é");
}
