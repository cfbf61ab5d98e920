using System.Buffers;
using System.Globalization;
using System.Text;

namespace EventHookDetector.Detection.Kql;

/// <summary>Writes a query down such that reading it gives the same query.</summary>
internal static class KqlPrinter
{
    private static readonly SearchValues<char> NeedNothing =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@_.-/");

    public static string Print(KqlNode node) => node switch
    {
        KqlNode.Everything => "",
        KqlNode.Or or => string.Join(" or ", or.Any.Select(InParentheses)),
        KqlNode.And and => string.Join(" and ", and.All.Select(InParentheses)),
        KqlNode.Not not => $"not {InParentheses(not.Of)}",
        KqlNode.Is one => $"{Print(one.Field)}:{Print(one.Value)}",
        KqlNode.Range range => $"{Print(range.Field)} {Print(range.Comparison)} {Print(range.Value)}",
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private static string InParentheses(KqlNode node) =>
        node is KqlNode.Or or KqlNode.And or KqlNode.Not ? $"({Print(node)})" : Print(node);

    private static string Print(KqlComparison comparison) => comparison switch
    {
        KqlComparison.Less => "<",
        KqlComparison.LessOrEqual => "<=",
        KqlComparison.Greater => ">",
        _ => ">=",
    };

    private static string Print(KqlText text)
    {
        if (text.HasWildcard) return string.Join('*', text.Parts.Select(Escape));
        if (text.IsNull) return "null";

        var isPlain = text.Plain.Length > 0 && !text.Plain.AsSpan().ContainsAnyExcept(NeedNothing) && !IsWordOfItsOwn(text.Plain);
        if (isPlain) return text.Plain;

        return $"\"{Quoted(text.Plain)}\"";
    }

    /// <summary>What cannot be seen, or would turn what is seen, is written as its number: a NUL would even end the text in a database.</summary>
    private static string Quoted(string plain)
    {
        var text = new StringBuilder();
        for (var i = 0; i < plain.Length;)
        {
            var isWhole = Rune.TryGetRuneAt(plain, i, out var rune);   // else it is half a surrogate pair
            var letters = plain.AsSpan(i, isWhole ? rune.Utf16SequenceLength : 1);
            if (letters is "\\" or "\"") text.Append('\\').Append(letters);
            else if (!isWhole || HiddenText.Includes(rune) || (letters.Length == 1 && LookAlikes.QuotesAtAnEnd(letters[0]))) AppendNumbers(text, letters);
            else text.Append(letters);
            i += letters.Length;
        }

        return text.ToString();
    }

    private static bool IsWordOfItsOwn(string text) =>
        text.ToUpperInvariant() is "AND" or "OR" or "NOT" || text is "null";

    /// <summary>Beside a wildcard there can be no quotes, so whatever could be taken for something else is written as its number.</summary>
    private static string Escape(string part)
    {
        var text = new StringBuilder();
        foreach (var character in part)
        {
            if (NeedNothing.Contains(character)) text.Append(character);
            else AppendNumbers(text, [character]);
        }

        return text.ToString();
    }

    private static void AppendNumbers(StringBuilder text, ReadOnlySpan<char> letters)
    {
        foreach (var letter in letters) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
    }
}
