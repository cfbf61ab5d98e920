using EventHookDetector.Detection.Kql;
using EventHookDetector.Tests.Okta.Ecs;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection.Kql;

[Trait("Engine", "Any")]
public sealed class KqlPrinterTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" a : b ", "a:b")]
    [InlineData("a:(b or \"c d\")", "a:b or a:\"c d\"")]
    [InlineData("a:b AND NOT c:d or e:*", "(a:b and (not c:d)) or e:*")]
    [InlineData("a:foo*bar baz", "a:foo*bar\\u0020baz")]
    [InlineData("a:\"*x*\"", "a:\"*x*\"")]
    [InlineData("a:null or a:\"null\" or a:true", "a:null or a:\"null\" or a:true")]
    [InlineData("a:\"\\u0000 \\u202e \\\\u0041\"", "a:\"\\u0000 \\u202e \\\\u0041\"")]
    [InlineData("a<=5", "a <= 5")]
    [InlineData("a:\"\\u201cb\\u201d\"", "a:\"\\u201cb\\u201d\"")]
    [InlineData("okta.*:x", "okta.*:x")]
    public void A_query_is_written_down_in_one_way(string query, string printed) => Assert.Equal(printed, KqlQuery.Parse(query).ToString());

    [Theory]
    [InlineData("\u202e")]      // turns what follows
    [InlineData("\u200b")]      // a blank without width
    [InlineData("\ufeff")]
    [InlineData("\0")]
    [InlineData("\t")]
    [InlineData("\n")]
    [InlineData("\u0085")]
    [InlineData("\u2028")]
    [InlineData("\u00a0")]      // looks like a blank
    [InlineData("\u3164")]      // a letter that is not drawn
    [InlineData("\ufe0f")]
    [InlineData("\ue000")]
    [InlineData("\U000e0041")]  // a tag: text that is not drawn
    public void What_nobody_can_see_is_written_as_its_number_and_read_back(string hidden)
    {
        var printed = KqlPrinter.Print(new KqlNode.Is(KqlText.Exactly("okta.actor.display_name"), KqlText.Exactly($"Ada {hidden}Byron")));

        var number = string.Concat(hidden.Select(unit => $"\\u{(int)unit:x4}"));
        Assert.Equal($"okta.actor.display_name:\"Ada {number}Byron\"", printed);
        Assert.Equal(printed, KqlQuery.Parse(printed).ToString());
        AssertMeans(printed, $"Ada {hidden}Byron");
    }

    [Theory]
    [InlineData("Ada Žofie Šťastná")]
    [InlineData("山田 太郎")]
    [InlineData("🙂 e\u0301")]
    [InlineData("it says \\u202e")]
    [InlineData("\\n \\t \\\\ \" \\\"")]
    public void What_can_be_seen_stays_and_means_the_same(string text)
    {
        var printed = KqlPrinter.Print(new KqlNode.Is(SomeQueries.Text("okta.actor.display_name"), SomeQueries.Text(text)));

        Assert.DoesNotContain("\\u0", printed, StringComparison.Ordinal);
        AssertMeans(printed, text);
    }

    private static void AssertMeans(string query, string name)
    {
        var logEvent = Some.LogEvent("x");
        logEvent["actor"]!["displayName"] = name;

        Assert.True(KqlQuery.Parse(query).Matches(Logged.Event(logEvent)), query);
    }
}
