using EventHookDetector.Detection.Kql;

namespace EventHookDetector.Tests.Detection.Kql;

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
    [InlineData("a:{b:{c:d}}", "a:{ b:{ c:d } }")]
    [InlineData("okta.*:x", "okta.*:x")]
    public void A_query_is_written_down_in_one_way(string query, string printed) => Assert.Equal(printed, KqlQuery.Parse(query).ToString());
}
