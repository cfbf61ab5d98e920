using System.Globalization;
using System.Text;

namespace EventHookDetector.Detection.Kql;

/// <summary>What nobody can see in a text, or what changes how the rest of it looks.</summary>
internal static class HiddenText
{
    /// <summary>Unicode counts these among the letters, signs and marks, and still nothing of them is drawn.</summary>
    private static readonly string Blank = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0";

    public static bool Includes(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format => true,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        // All blanks but the one that everybody has on the keyboard.
        UnicodeCategory.SpaceSeparator => rune.Value != ' ',
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => true,
        _ => rune.Value is (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef)   // which shape of a letter is meant
            || (rune.IsBmp && Blank.Contains((char)rune.Value)),
    };
}
