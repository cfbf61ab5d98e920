using System.Text;

namespace EventHookDetector.Detection.Kql;

/// <summary>Alphabets whose letters people take for each other's.</summary>
internal static class Alphabets
{
    private const int None = 0;

    private static readonly (int First, int Last, int Alphabet)[] Blocks =
    [
        (0x0041, 0x024f, 1), (0x0250, 0x02af, 1), (0x0370, 0x03ff, 2), (0x0400, 0x052f, 3), (0x0530, 0x058f, 4), (0x0590, 0x05ff, 5),
        (0x0600, 0x077f, 6), (0x08a0, 0x08ff, 6), (0x0900, 0x0dff, 7), (0x0e00, 0x0eff, 8), (0x10a0, 0x10ff, 9), (0x1200, 0x139f, 10),
        (0x13a0, 0x13ff, 11), (0x1c80, 0x1c8f, 3), (0x1c90, 0x1cbf, 9), (0x1e00, 0x1eff, 1), (0x1f00, 0x1fff, 2), (0x2c60, 0x2c7f, 1),
        (0x2c80, 0x2cff, 12), (0x2de0, 0x2dff, 3), (0xa4d0, 0xa4ff, 13), (0xa640, 0xa69f, 3), (0xa720, 0xa7ff, 1), (0xab30, 0xab6f, 1),
        (0xab70, 0xabbf, 11),
    ];

    /// <returns>A letter of another alphabet than one beside it in the same word, rather the one that is not plain; null if there is none.</returns>
    public static (int Offset, Rune Letter)? FindMixed(string text)
    {
        var (alphabet, before) = (None, (Offset: 0, Letter: default(Rune)));
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune)) return null;
            var found = Rune.IsLetter(rune) ? Of(rune) : None;
            if (found is not None && alphabet is not None && found != alphabet) return rune.IsAscii ? before : (i, rune);

            if (found is not None) (alphabet, before) = (found, (i, rune));
            else if (!Rune.IsLetter(rune) && !IsMark(rune)) alphabet = None;
            i += rune.Utf16SequenceLength;
        }

        return null;
    }

    // East Asian text mixes its scripts, and Latin letters, within a word.
    private static int Of(Rune letter) =>
        Array.Find(Blocks, block => block.First <= letter.Value && letter.Value <= block.Last).Alphabet;

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
}
