using System.Text;

namespace EventHookDetector.Operators;

/// <summary>Letters of other alphabets that people take for Latin ones.</summary>
/// <remarks>A part of https://www.unicode.org/Public/security/latest/confusables.txt: the letters of Cyrillic, Greek and Armenian, and wide Latin.</remarks>
internal static class LookAlikes
{
    private const string Foreign =
        "\u0430\u0432\u0435\u0451\u0454\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0457\u0458\u0501\u051b\u051d\u04bb\u04cf\u0491"   // а в е ё є к м н о р с т у х ѕ і ї ј ԁ ԛ ԝ һ ӏ ґ
        + "\u0410\u0412\u0415\u0401\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0407\u0408\u050c\u04c0\u051a\u051c"                    // А В Е Ё К М Н О Р С Т У Х Ѕ І Ї Ј Ԍ Ӏ Ԛ Ԝ
        + "\u03b1\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03f2\u03f3"                                                            // α ε η ι κ ν ο ρ τ υ χ ω ϲ ϳ
        + "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"                                                            // Α Β Ε Ζ Η Ι Κ Μ Ν Ο Ρ Τ Υ Χ
        + "\u0585\u057d\u0570\u0578\u0581\u0561\u0131\u0269\u0251\u0261";                                                                                 // օ ս հ ո ց ա ı ɩ ɑ ɡ

    private const string Latin =
        "abeeekmhopctyxsiijdqwhlr"
        + "abeekmhopctyxsiijgiqw"
        + "aeniknoptuxwcj"
        + "abezhikmnoptyx"
        + "ouhngaiiag";

    /// <summary>The name with each such letter replaced by the Latin one, in lower case.</summary>
    public static string ToLatin(string name)
    {
        var latin = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            var at = Foreign.IndexOf(letter, StringComparison.Ordinal);
            latin.Append(at >= 0 ? Latin[at] : letter is >= '\uff01' and <= '\uff5e' ? (char)(letter - 0xfee0) : letter);
        }

        return latin.ToString().ToLowerInvariant();
    }

    /// <summary>True if a word of the name mixes Latin letters with letters of an alphabet that resembles it.</summary>
    public static bool AreIn(string name) => name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Any(IsMixed);

    private static bool IsMixed(string word) => word.Any(IsLatin) && word.Any(letter => IsResembling(letter) || letter is >= '\uff01' and <= '\uff5e');

    private static bool IsLatin(char letter) => letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '\u00c0' and <= '\u024f' and not ('\u00d7' or '\u00f7'));

    // Greek, Cyrillic, Armenian, Cherokee, and the letters of phonetics.
    private static bool IsResembling(char letter) => letter is (>= '\u0250' and <= '\u02af') or (>= '\u0370' and <= '\u058f') or (>= '\u13a0' and <= '\u13ff') or (>= '\uab70' and <= '\uabbf') or (>= '\u1c80' and <= '\u1c8f');
}
