using EventHookDetector.Detection.Kql;

namespace EventHookDetector.Tests.Detection.Kql;

[Trait("Engine", "Any")]
public sealed class KqlErrorTests
{
    [Theory]
    [InlineData("not(a:b)", 3, "a blank behind 'not'")]
    [InlineData("a:b and(c:d)", 7, "a blank behind 'and'")]
    [InlineData("a:b or(c:d)", 6, "a blank behind 'or'")]
    [InlineData("a:(b and(c))", 8, "a blank behind 'and'")]
    [InlineData("not not a:b", 4, "a condition")]
    [InlineData("f: not x", 3, "a value")]
    [InlineData("f:(not not x)", 7, "a value")]
    [InlineData("a:b c not d", 6, "'and', 'or' or the end")]
    [InlineData("(a:b", 4, "')'")]
    [InlineData("((a:b)", 6, "')'")]
    [InlineData("a:(b or c", 9, "')'")]
    [InlineData("a:{ b:c }", 2, "a value")]
    [InlineData("a:b)", 3, "the end")]
    [InlineData("()", 1, "a condition")]
    [InlineData("a:()", 3, "a value")]
    [InlineData("a:\"b", 2, "a value")]
    [InlineData("a:\"b\\\"", 2, "a value")]
    [InlineData("\"a", 0, "a condition")]
    [InlineData("a:\"b\"c", 5, "'and', 'or' or the end")]
    [InlineData("a:", 2, "a value")]
    [InlineData("a: and b:c", 3, "a value")]
    [InlineData("a >= ", 5, "a value")]
    [InlineData("a > b*", 4, "a value without wildcards")]
    [InlineData(":b", 0, "a condition")]
    [InlineData("a:b and", 7, "a condition")]
    [InlineData("a:b or ", 7, "a condition")]
    [InlineData("not", 3, "a condition")]
    [InlineData("not ", 4, "a condition")]
    [InlineData("a:(b or)", 7, "a value")]
    [InlineData("(a:b and)", 8, "a condition")]
    [InlineData("and a:b", 0, "a condition")]
    [InlineData("a:b and or c:d", 8, "a condition")]
    [InlineData("reset", 5, "text without a field")]
    [InlineData("a:b and reset", 13, "text without a field")]
    [InlineData("a:b:c", 3, "'and', 'or' or the end")]
    [InlineData("a:b\\x", 3, "behind the backslash")]
    [InlineData("a:b\\", 3, "behind the backslash")]
    [InlineData("source.ip:ten", 10, "an IP address")]
    [InlineData("source.ip:10.0.0.0/33", 10, "an IP address")]
    [InlineData("okta.security_context.is_proxy:yes", 31, "true or false")]
    [InlineData("not okta.security_context.is_proxy:(true or 1)", 44, "true or false")]
    [InlineData("okta.security_context.is_proxy > false", 33, "write field: true")]
    [InlineData("okta.security_context.as.number:abc", 32, "a number")]
    [InlineData("okta.security_context.as.number >= abc", 35, "a number")]
    [InlineData("@timestamp:\"2026-11-20T25\"", 11, "a date")]
    [InlineData("@timestamp < now-1d", 13, "a date")]
    [InlineData("@timestamp:yesterday", 11, "a date")]
    public void What_is_no_query_is_refused_with_the_place_and_what_should_stand_there(string text, int offset, string expected)
    {
        var error = KqlQuery.Check(text);

        Assert.NotNull(error);
        Assert.Equal(offset, error.Offset);
        Assert.Contains(expected, error.Expected, StringComparison.Ordinal);
        Assert.Equal(error, Assert.Throws<KqlException>(() => KqlQuery.Parse(text)).Error);
    }

    [Fact]
    public void Lines_and_columns_are_counted_as_an_editor_does()
    {
        var error = KqlQuery.Check("event.action:a\n  and not(b:c)");

        Assert.Equal((2, 10), (error?.Line, error?.Column));
        Assert.Equal("Line 2, column 10: expected a blank behind 'not'.", error?.ToString());
    }

    [Theory]
    [InlineData("not not a:b", "not (not a:b)")]
    [InlineData("f: not x", "a:(not b)")]
    [InlineData("a:\"b", "closing quote")]
    [InlineData("a:b)", "not opened")]
    [InlineData("and a:b", "between two conditions")]
    [InlineData("a:{ b:c }", "okta.target.type:User and")]
    public void Common_mistakes_come_with_a_cure(string text, string hint) =>
        Assert.Contains(hint, KqlQuery.Check(text)?.ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("okta.client.ip:\"foo\"")]
    [InlineData("@timestamp > \"foo\"")]
    public void A_quoted_value_of_the_wrong_kind_is_not_taken_for_an_open_quote(string text) =>
        Assert.DoesNotContain("closing quote", KqlQuery.Check(text)?.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Ten_thousand_parentheses_are_refused()
    {
        var text = new string('(', 10_000) + "a:b" + new string(')', 10_000);

        Assert.Contains("no more than 100", KqlQuery.Check(text)?.Expected, StringComparison.Ordinal);
        Assert.Contains("no more than 100", KqlQuery.Check(string.Concat(Enumerable.Repeat("not (", 10_000)))?.Expected, StringComparison.Ordinal);
        Assert.NotNull(KqlQuery.Check(string.Concat(Enumerable.Repeat("not ", 10_000))));
    }

    [Fact]
    public void A_hundred_parentheses_are_fine() =>
        Assert.Null(KqlQuery.Check(new string('(', 50) + "a:" + new string('(', 50) + "b" + new string(')', 100)));

    [Fact]
    public void A_query_longer_than_anybody_would_write_is_refused() =>
        Assert.Contains("65536 characters", KqlQuery.Check($"a:{new string('b', 70_000)}")?.Expected, StringComparison.Ordinal);
}
