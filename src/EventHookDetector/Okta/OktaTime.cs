using System.Globalization;

namespace EventHookDetector.Okta;

/// <summary>Reads the times of a log event: ISO-8601 with a date, and UTC where no zone is given.</summary>
internal static class OktaTime
{
    private const int LongestText = 64;
    private const int MostFractionDigits = 7;
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    private static readonly string[] Formats =
        ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd"];

    /// <returns>Null for anything else.</returns>
    // The framework's own reader would make today, by the machine's clock, of a time without a date, and 12 May of 05/12.
    public static DateTimeOffset? Read(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestText) return null;

        Span<char> shortened = stackalloc char[LongestText];
        text.CopyTo(shortened);
        return DateTimeOffset.TryParseExact(
            shortened[..WithoutNanoseconds(shortened[..text.Length])], Formats, CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : null;
    }

    /// <summary>Removes the digits of a fraction that no <see cref="DateTimeOffset"/> can hold.</summary>
    private static int WithoutNanoseconds(Span<char> text)
    {
        var digits = text.IndexOf('.') + 1;
        if (digits == 0) return text.Length;

        var end = digits;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        if (end - digits <= MostFractionDigits) return text.Length;

        var kept = digits + MostFractionDigits;
        text[end..].CopyTo(text[kept..]);
        return kept + text.Length - end;
    }
}
