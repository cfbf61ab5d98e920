using System.Globalization;
using System.Text;
using Parlot;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// What a word says without its backslashes. In quotes a backslash that escapes nothing is itself; elsewhere it is a mistake.
/// </summary>
internal static class KqlEscapes
{
    private static readonly string[] Operators = ["and", "or", "not"];

    /// <returns>What stands between the wildcards; in quotes there are none.</returns>
    public static List<string> Read(ReadOnlySpan<char> text, int offset, bool isQuoted)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '*' && !isQuoted)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else if (text[i] != '\\')
            {
                part.Append(text[i]);
            }
            else if (ReadOne(text[(i + 1)..], isQuoted) is var (said, length))
            {
                part.Append(said);
                i += length;
            }
            else if (isQuoted)
            {
                part.Append('\\');
            }
            else
            {
                throw new ParseException(
                    "a special character, 'and', 'or', 'not', t, r, n or u0000 behind the backslash", new TextPosition(offset + i, 1, 1));
            }
        }

        parts.Add(part.ToString());
        return parts;
    }

    private static (string Said, int Length)? ReadOne(ReadOnlySpan<char> text, bool isQuoted)
    {
        if (text.IsEmpty) return null;
        if (text[0] == 'u' && text.Length > 4 && Hexadecimal(text[1..5]) is { } code) return (((char)code).ToString(), 5);
        if (isQuoted && text[0] is '\\' or '"') return (text[..1].ToString(), 1);
        if (!isQuoted && KqlWords.Special.Contains(text[0])) return (text[..1].ToString(), 1);

        // Before the blanks: "\not" is the word, not a new line and "ot".
        foreach (var word in isQuoted ? [] : Operators)
        {
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return (text[..word.Length].ToString(), word.Length);
        }

        return text[0] switch
        {
            't' => ("\t", 1),
            'r' => ("\r", 1),
            'n' => ("\n", 1),
            _ => null,
        };
    }

    private static ushort? Hexadecimal(ReadOnlySpan<char> digits) =>
        ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? code : null;
}
