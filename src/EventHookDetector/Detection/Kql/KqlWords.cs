using System.Buffers;
using Parlot;
using Parlot.Fluent;

namespace EventHookDetector.Detection.Kql;

/// <summary>The words of the language: where one ends.</summary>
internal static class KqlWords
{
    public static readonly SearchValues<char> Special = SearchValues.Create("\\():<>\"*{}");

    private const string Blanks = " \t\r\n\u00a0";

    public static bool IsBlank(char character) => character is ' ' or '\t' or '\r' or '\n' or '\u00a0';

    public static int ScanAnd(ReadOnlySpan<char> text) => ScanBetween(text, "and");

    public static int ScanOr(ReadOnlySpan<char> text) => ScanBetween(text, "or");

    public static int ScanNot(ReadOnlySpan<char> text) => IsOperator(text, "not") ? "not".Length : 0;

    /// <summary>Nothing where no value follows.</summary>
    public static int ScanNotBeforeValue(ReadOnlySpan<char> text)
    {
        var length = ScanNot(text);
        return length == 0 || EndsValues(text[length..]) ? 0 : length;
    }

    /// <summary>An operator between two conditions: blanks, then the word. What stands behind it is looked at later.</summary>
    private static int ScanBetween(ReadOnlySpan<char> text, string word)
    {
        var blanks = CountBlanks(text);
        return blanks > 0 && IsOperator(text[blanks..], word) ? blanks + word.Length : 0;
    }

    public static int ScanQuoted(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] != '"') return 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"') return i + 1;
            if (text[i] == '\\') i++;
        }

        return 0;
    }

    /// <summary>Up to a special character, or to blanks with an operator behind them; other blanks belong to it.</summary>
    public static int ScanUnquoted(ReadOnlySpan<char> text)
    {
        if (BeginsWithOperator(text)) return 0;

        var i = 0;
        while (i < text.Length)
        {
            if (text[i] == '\\')
            {
                i = Math.Min(i + 2, text.Length);
            }
            else if (IsBlank(text[i]))
            {
                var blanks = CountBlanks(text[i..]);
                if (IsAnyOperator(text[(i + blanks)..])) return i;
                i += blanks;
            }
            else if (text[i] == '*' || !Special.Contains(text[i]))
            {
                i++;
            }
            else
            {
                break;
            }
        }

        return i;
    }

    public static KqlText Quoted(ParseContext context, int start, int end, TextSpan span)
    {
        var text = span.Span[1..^1];
        LookAlikes.RefuseQuotes(text, start + 1);
        return new([KqlEscapes.Read(text, start + 1, isQuoted: true)[0]], IsQuoted: true, start);
    }

    public static KqlText QuotedField(ParseContext context, int start, int end, TextSpan span)
    {
        var field = Quoted(context, start, end, span);
        LookAlikes.RefuseInField(span.Span[1..^1].ToString(), start + 1);
        return field;
    }

    public static KqlText UnquotedField(ParseContext context, int start, int end, TextSpan span)
    {
        var field = Unquoted(context, start, end, span);
        LookAlikes.RefuseInField(span.Span.TrimEnd(Blanks).ToString(), start);
        return field;
    }

    public static KqlText Unquoted(ParseContext context, int start, int end, TextSpan span)
    {
        var trimmed = span.Span.TrimEnd(Blanks);
        LookAlikes.RefuseQuotes(trimmed, start);
        return new(KqlEscapes.Read(trimmed, start, isQuoted: false), IsQuoted: false, start);
    }

    /// <returns>Where parentheses nest deeper than that; null if they do not.</returns>
    public static int? FindTooDeep(string text, int maxNesting)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"') i += Math.Max(0, ScanQuoted(text.AsSpan(i)) - 1);
            else if (text[i] == '\\') i++;
            else if (text[i] == '(' && ++depth > maxNesting) return i;
            else if (text[i] == ')') depth--;
        }

        return null;
    }

    private static int CountBlanks(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (count < text.Length && IsBlank(text[count])) count++;
        return count;
    }

    /// <summary>Followed by a blank as it should be, or by what shows that it was meant as an operator all the same.</summary>
    private static bool IsOperator(ReadOnlySpan<char> text, string word) =>
        text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        && (text.Length == word.Length || IsBlank(text[word.Length]) || text[word.Length] is '(' or ')' or '}');

    private static bool EndsValues(ReadOnlySpan<char> behind)
    {
        behind = behind[CountBlanks(behind)..];
        return behind.IsEmpty || behind[0] == ')';
    }

    private static bool IsAnyOperator(ReadOnlySpan<char> text) =>
        IsOperator(text, "and") || IsOperator(text, "or") || IsOperator(text, "not");

    /// <summary>Alone, as in "state: OR", "and" and "or" are values.</summary>
    private static bool BeginsWithOperator(ReadOnlySpan<char> text)
    {
        if (IsOperator(text, "not")) return !EndsValues(text["not".Length..]);

        var word = IsOperator(text, "and") ? 3 : IsOperator(text, "or") ? 2 : 0;
        if (word == 0) return false;

        var behind = text[word..];
        behind = behind[CountBlanks(behind)..];
        return !behind.IsEmpty && behind[0] != ')' && behind[0] != '}' && !IsAnyOperator(behind);
    }
}
