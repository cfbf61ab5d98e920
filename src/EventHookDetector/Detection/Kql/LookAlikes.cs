using System.Globalization;
using System.Text;
using Parlot;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// Finds characters that are not those they look like. Such a term matches nothing, and behind <c>not</c> it covers everything.
/// </summary>
internal static class LookAlikes
{
    private const string PlainQuote = "a plain quotation mark (\")";

    // These begin or end a name in no language.
    private const string Quotes = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2033\u2034\u2036\u3003\u301d\u301e\u301f\uff02\u275d\u275e\u276e\u276f\u2e42\u300c\u300d\u300e\u300f";

    // These may also be an apostrophe, as in 't Hooft: only a pair of them quotes.
    private const string Apostrophes = "'`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\uff07\u275b\u275c\u02b9\u02bb\u02bc\u02bd\u02c8";

    /// <summary>For the beginning of a whole query: refuses what cannot be seen, wherever it stands.</summary>
    public static void RefuseHidden(string query)
    {
        for (var i = 0; i < query.Length;)
        {
            if (!Rune.TryGetRuneAt(query, i, out var rune))
            {
                i++;
                continue;
            }

            if (IsHidden(rune))
                throw Refused(i, $"no character that cannot be seen, as {Code(rune)} is: remove it, or write {Escaped(rune)} within quotes if it is meant");
            i += rune.Utf16SequenceLength;
        }
    }

    /// <summary>Blanks between words are no less plain for being a tab, a line end or a no-break space.</summary>
    public static bool IsHidden(Rune rune) => rune.Value is not ('\t' or '\r' or '\n' or '\u00a0') && HiddenText.Includes(rune);

    /// <param name="text">As it is written, without the plain quotes around it.</param>
    /// <param name="offset">Where it stands in the query.</param>
    public static void RefuseQuotes(ReadOnlySpan<char> text, int offset)
    {
        if (FindQuote(text) is { } at) throw Refused(offset + at, $"{PlainQuote} instead of {Name(new Rune(text[at]))}");
    }

    /// <summary>A field's name has no reason for letters that only look plain.</summary>
    public static void RefuseInField(string text, int offset)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune)) return;
            if (Compatibility.Changes(rune)) throw Refused(offset + i, $"{PlainOf(rune)} instead of {Name(rune)}");
            i += rune.Utf16SequenceLength;
        }

        if (Alphabets.FindMixed(text) is var (at, letter))
            throw Refused(offset + at, $"a letter of the same alphabet instead of {Name(letter)}");
    }

    /// <returns>Where a quotation mark of another kind stands around the text; null if none does.</returns>
    public static int? FindQuote(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return null;
        if (Quotes.Contains(text[0])) return 0;
        if (Quotes.Contains(text[^1])) return text.Length - 1;

        return text.Length > 1 && Apostrophes.Contains(text[0]) && Apostrophes.Contains(text[^1]) ? 0 : null;
    }

    /// <summary>True if a printed query must write the character by its number, or it could not be read again.</summary>
    public static bool QuotesAtAnEnd(char character) => Quotes.Contains(character) || Apostrophes.Contains(character);

    /// <returns>What may be another character than the one that was meant, as part of a sentence; null if nothing may.</returns>
    public static string? FindDoubt(string value)
    {
        for (var i = 0; i < value.Length;)
        {
            if (!Rune.TryGetRuneAt(value, i, out var rune)) return null;
            if (Compatibility.Changes(rune)) return $"{Name(rune)}, which looks like {PlainOf(rune)}";
            if (rune.IsBmp && !rune.IsAscii && QuotesAtAnEnd((char)rune.Value)) return $"{Name(rune)}, which looks like a plain quotation mark";
            if (IsLoneMark(value, i, rune)) return $"{Code(rune)}, a mark of its own, where most systems store the letter together with it";
            i += rune.Utf16SequenceLength;
        }

        return Alphabets.FindMixed(value) is var (_, letter) ? $"{Name(letter)}, of another alphabet than a letter beside it" : null;
    }

    /// <summary>A character by its looks and its number: ` (U+0060).</summary>
    public static string Name(Rune rune) => IsHidden(rune) || rune.Value == '\u00a0' ? Code(rune) : $"{rune} ({Code(rune)})";

    private static string Code(Rune rune) => string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");

    private static string PlainOf(Rune rune) => Compatibility.Plain(rune) is { } plain ? $"the plain \"{plain}\"" : "a plain character";

    // Latin, Greek and Cyrillic letters have a form that includes the mark.
    private static bool IsLoneMark(string value, int at, Rune rune) =>
        rune.Value is >= 0x0300 and <= 0x036f && at > 0 && char.IsLetter(value[at - 1]) && value[at - 1] < 0x0530;

    private static string Escaped(Rune rune) =>
        string.Concat(rune.ToString().Select(letter => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}")));

    private static ParseException Refused(int offset, string expected) => new(expected, new TextPosition(offset, 1, 1));
}
