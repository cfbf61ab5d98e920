using System.Globalization;
using System.Text;

namespace EventHookDetector.Notifications;

/// <summary>Texts that others wrote: names, user agents, a channel's answer. Made fit to stand in a line of ours.</summary>
internal static class ForeignText
{
    private const char Ellipsis = '…';

    /// <summary>
    /// One line: line breaks and control characters become blanks, and what only turns or hides other characters (a
    /// right-to-left override makes a name read as another) is dropped.
    /// </summary>
    public static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) line.Append(' ');
            else if (category is not UnicodeCategory.Format || IsJoiner(rune)) line.Append(rune);
        }

        return line.ToString().Trim();
    }

    public static string OneLine(string text, int most) => Cut(OneLine(text), most);

    /// <summary>At most so many characters; never half of one.</summary>
    public static string Cut(string text, int most) => Cut(text, most, rune => rune.ToString());

    /// <param name="write">How a character is written in the markup at hand; what it writes is kept whole.</param>
    public static string Cut(string text, int most, Func<Rune, string> write)
    {
        var (written, fits) = (new StringBuilder(), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            written.Append(write(rune));
            if (written.Length < most) fits = written.Length;
            if (written.Length > most) return written.ToString(0, fits) + Ellipsis;
        }

        return written.ToString();
    }

    // Persian and Hindi cannot be written without the first, many pictures of people not without the second.
    private static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;
}
