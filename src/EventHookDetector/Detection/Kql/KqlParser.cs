using Parlot;
using Parlot.Fluent;
using static Parlot.Fluent.Parsers;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// The grammar, from the whole down to the value:
/// <code>
/// or-query := and-query ( or and-query )*      and-query := not-query ( and not-query )*      not-query := not? condition
/// condition := ( or-query ) | field (&lt;= &gt;= &lt; &gt;) value | field : values
/// values := ( the same three levels over values ) | value
/// </code>
/// </summary>
internal static class KqlParser
{
    /// <summary>Limit on nested parentheses. People need three; each takes some of the stack.</summary>
    private const int MaxNesting = 100;

    private const string Condition = "a condition: field: value";
    private const string Value = "a value";

    private static readonly Parser<TextSpan> Blanks = Literals.Pattern(KqlWords.IsBlank, minSize: 0);
    private static readonly Parser<string> And = Operator("and", KqlWords.ScanAnd);
    private static readonly Parser<string> Or = Operator("or", KqlWords.ScanOr);
    private static readonly Parser<string> Not = Operator("not", KqlWords.ScanNot);

    // For values: with nothing behind it, "not" is a value like any other, as it is without parentheses.
    private static readonly Parser<string> NotBeforeValue = Operator("not", KqlWords.ScanNotBeforeValue);

    private static readonly Parser<KqlText> Text = Literals.Scan(KqlWords.ScanQuoted, "\"").Then(KqlWords.Quoted)
        .Or(Literals.Scan(KqlWords.ScanUnquoted, default).Then(KqlWords.Unquoted));

    private static readonly Parser<KqlText> Field = Literals.Scan(KqlWords.ScanQuoted, "\"").Then(KqlWords.QuotedField)
        .Or(Literals.Scan(KqlWords.ScanUnquoted, default).Then(KqlWords.UnquotedField));

    private static readonly Parser<KqlNode> Query = Blanks.SkipAnd(OrQuery()).AndSkip(Blanks)
        .AndSkip(Always<bool>().Eof().ElseError("'and', 'or' or the end of the query"));

    /// <exception cref="ParseException">The text is no query. Of the position, the offset counts.</exception>
    public static KqlNode Parse(string text)
    {
        if (text.Length > KqlQuery.MaxLength)
            throw Fault(KqlQuery.MaxLength, $"the end of the query: it may have {KqlQuery.MaxLength} characters");
        if (KqlWords.FindTooDeep(text, MaxNesting) is { } tooDeep)
            throw Fault(tooDeep, $"no more than {MaxNesting} parentheses within each other");

        LookAlikes.RefuseHidden(text);
        return text.All(KqlWords.IsBlank) ? new KqlNode.Everything() : Query.Parse(new ParseContext(new Scanner(text)))!;
    }

    private static ParseException Fault(int offset, string expected) => new(expected, new TextPosition(offset, 1, 1));

    private static Parser<KqlNode> OrQuery()
    {
        var orQuery = Deferred<KqlNode>();
        var group = Group('(', orQuery, ')');
        var rest = Literals.Char(':').SkipAnd(Blanks).SkipAnd(Values().ElseError(Value)).Or(Range());
        var condition = group.Or(Field.AndSkip(Blanks)
            .And(rest.ElseError("':' or a comparison: text without a field is not searched for, write field: value"))
            .Then(parts => parts.Item2(parts.Item1)));

        orQuery.Parser = Levels(condition, Condition, Not, any => new KqlNode.Or(any), all => new KqlNode.And(all), of => new KqlNode.Not(of));
        return orQuery;
    }

    private static Parser<Func<KqlText, KqlNode>> Values()
    {
        var orValues = Deferred<Func<KqlText, KqlNode>>();
        var value = Text.Then<Func<KqlText, KqlNode>>(value => field => new KqlNode.Is(field, value));
        var values = Group('(', orValues, ')').Or(value);
        orValues.Parser = Levels<Func<KqlText, KqlNode>>(
            values,
            Value,
            NotBeforeValue,
            any => field => new KqlNode.Or([.. any.Select(one => one(field))]),
            all => field => new KqlNode.And([.. all.Select(one => one(field))]),
            of => field => new KqlNode.Not(of(field)));
        return values;
    }

    private static Parser<Func<KqlText, KqlNode>> Range() => OneOf(
            Literals.Text("<=").Then(KqlComparison.LessOrEqual),
            Literals.Text(">=").Then(KqlComparison.GreaterOrEqual),
            Literals.Text("<").Then(KqlComparison.Less),
            Literals.Text(">").Then(KqlComparison.Greater))
        .AndSkip(Blanks)
        .And(Text.When((_, text) => !text.HasWildcard).ElseError("a value without wildcards"))
        .Then<Func<KqlText, KqlNode>>(parts => field => new KqlNode.Range(field, parts.Item1, parts.Item2));

    private static Parser<T> Group<T>(char open, Parser<T> of, char close) => Literals.Char(open).SkipAnd(Blanks)
        .SkipAnd(of)
        .AndSkip(Blanks)
        .AndSkip(Literals.Char(close).ElseError($"'and', 'or' or '{close}'"));

    private static Parser<T> Levels<T>(
        Parser<T> one, string expected, Parser<string> negation, Func<IReadOnlyList<T>, T> or, Func<IReadOnlyList<T>, T> and, Func<T, T> not)
    {
        var must = one.ElseError(expected);
        var notLevel = negation.SkipAnd(must).Then(not).Or(must);
        var andLevel = Separated(And, notLevel).Then(all => all.Count == 1 ? all[0] : and(all));
        return Separated(Or, andLevel).Then(any => any.Count == 1 ? any[0] : or(any));
    }

    private static Parser<string> Operator(string word, SpanScanner scan) => Literals.Scan(scan, default)
        .AndSkip(Always<bool>().WhenNotFollowedBy(Literals.Char('(')).ElseError($"a blank behind '{word}'"))
        .AndSkip(Blanks)
        .Then(word);
}
