using System.Text;
using System.Text.Json;
using CsCheck;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

[Trait("Engine", "Any")]
public sealed class LenientJsonTests
{
    private const string Cut = """{"uuid":"u1","actor":{"id":"a","roles":[1,{"x":"y"}]},"client":{"ipAddress":"198.51.100.1"}}""";

    [Fact]
    public void No_bytes_at_all_can_make_it_throw() =>
        Gen.OneOf(Gen.Byte.Array[0, 60], JsonLike.Array[0, 40].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))))
            .Sample(bytes => Walk(PlainReading.Parse(bytes)), iter: 20_000);

    [Fact]
    public void A_real_log_event_with_any_bytes_overwritten_is_read_as_far_as_it_goes() =>
        Gen.Select(Gen.Int[0, 2000], Gen.Byte.Array[1, 4]).Sample(
            (at, bytes) =>
            {
                var json = Assert.Single(Reading.Of(Some.Sample("reset-all")).LogEvents).Json;
                bytes.CopyTo(json, Math.Min(at, json.Length - bytes.Length));
                Reading.ReadThrough(new LogEvent(json, Some.ResetType, org: null));
            },
            iter: 3000);

    [Fact]
    public void Of_a_cut_object_everything_before_the_cut_is_there()
    {
        for (var length = 0; length <= Cut.Length; length++)
        {
            using var document = PlainReading.Parse(Encoding.UTF8.GetBytes(Cut[..length]));
            var root = document.RootElement;

            Assert.Equal(length >= Cut.IndexOf("u1\"", StringComparison.Ordinal) + 3 ? "u1" : null, root.Text("uuid"));
            Assert.Equal(length >= Cut.IndexOf("a\",", StringComparison.Ordinal) + 2 ? "a" : null, root.At("actor").Text("id"));
            Assert.Equal(length >= Cut.IndexOf(".1\"", StringComparison.Ordinal) + 3 ? "198.51.100.1" : null, root.At("client").Text("ipAddress"));
        }
    }

    [Fact]
    public void What_follows_a_whole_object_does_not_spoil_it()
    {
        using var document = PlainReading.Parse(Encoding.UTF8.GetBytes(Cut + "]},"));

        Assert.Equal("u1", document.RootElement.Text("uuid"));
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void A_million_openings_are_read_as_far_as_two_hundred_and_fifty(char opening)
    {
        var json = opening == '[' ? new string('[', 1_000_000) : string.Concat(Enumerable.Repeat("{\"a\":", 200_000));

        using var document = PlainReading.Parse(Encoding.UTF8.GetBytes("{\"uuid\":\"u1\",\"a\":" + json));

        Assert.Equal("u1", document.RootElement.Text("uuid"));
    }

    [Fact]
    public void Invalid_UTF8_and_half_pairs_in_a_name_do_not_hide_its_neighbours()
    {
        byte[] json = [.. "{\"uuid\":\"u1\",\"\\ud800\":1,\""u8, 0xC3, 0x28, .. "\":2,\"actor\":{\"id\":\"a"u8, 0xFF, .. "\"}}"u8];

        using var document = PlainReading.Parse(json);

        Assert.Equal("u1", document.RootElement.Text("uuid"));
        Assert.Equal("a\ufffd", document.RootElement.At("actor").Text("id"));
    }

    private static Gen<string> JsonLike => Gen.OneOf(
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\"uuid\":", "\"a\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\\u", "\\ud8", "1", "-", "1e5", "null", "tru", " ", "//", "\u0001", "é");

    private static void Walk(JsonDocument document)
    {
        using (document)
        {
            foreach (var name in (string[])["uuid", "a", ""]) Assert.NotEqual("", document.RootElement.Text(name));
            foreach (var item in document.RootElement.Items()) _ = item.Text("uuid");
        }
    }
}
