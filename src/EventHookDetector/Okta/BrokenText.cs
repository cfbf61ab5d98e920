using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventHookDetector.Okta;

/// <summary>
/// Text that is valid JSON and yet no text: half a surrogate pair (<c>"\ud800"</c>), or bytes that are no UTF-8. The readers of
/// System.Text.Json pass over it and throw when somebody asks what it says, be it a name or a value.
/// </summary>
internal static class BrokenText
{
    private const int EscapeLength = 6;   // \uXXXX

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>Is it this word? A word of ours holds no surrogates, so what may hold half a pair is compared no further.</summary>
    public static bool Is(this ref Utf8JsonReader reader, ReadOnlySpan<byte> word) =>
        !(reader.ValueIsEscaped && MayHoldSurrogates(reader.ValueSpan)) && reader.ValueTextEquals(word);

    /// <returns>The same JSON, with U+FFFD for whatever is no text; the same memory if all of it is.</returns>
    public static byte[] Replace(byte[] json)
    {
        if (!Utf8.IsValid(json)) json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        if (!MayHoldSurrogates(json)) return json;

        var mended = json.ToArray();
        for (var at = NextEscape(mended, 0); at >= 0;)
        {
            var (first, second) = (SurrogateAt(mended, at), SurrogateAt(mended, at + EscapeLength));
            var isPair = (first, second) is (Surrogate.High, Surrogate.Low);
            if (first != Surrogate.None && !isPair) "\\ufffd"u8.CopyTo(mended.AsSpan(at));
            at = NextEscape(mended, at + (isPair ? 2 * EscapeLength : first == Surrogate.None ? 2 : EscapeLength));
        }

        return mended;
    }

    /// <returns>The length of the JSON string at the start, with its quotes; 0 if there is none that the reader accepts.</returns>
    public static int LengthOfString(ReadOnlySpan<byte> json)
    {
        if (!json.StartsWith("\""u8)) return 0;

        for (var at = 1; at < json.Length; at++)
        {
            if (json[at] == '"') return at + 1;
            if (json[at] < ' ') return 0;
            if (json[at] != '\\') continue;

            var escape = LengthOfEscape(json[at..]);
            if (escape == 0) return 0;
            at += escape - 1;
        }

        return 0;
    }

    /// <returns>The opening quote of the string that this quote closes, or -1.</returns>
    public static int StartOfString(ReadOnlySpan<byte> json, int closingQuote, int floor)
    {
        for (var at = closingQuote; ;)
        {
            var previous = json[floor..at].LastIndexOf((byte)'"');
            if (previous < 0) return -1;

            at = floor + previous;
            var backslashes = at - floor - json[floor..at].TrimEnd((byte)'\\').Length;
            if (backslashes % 2 == 0) return at;
        }
    }

    private static int LengthOfEscape(ReadOnlySpan<byte> json)
    {
        if (json.Length < 2) return 0;
        if (json[1] != 'u') return "\"\\/bfnrt"u8.Contains(json[1]) ? 2 : 0;

        return json.Length >= EscapeLength && !json[2..EscapeLength].ContainsAnyExcept(HexDigits) ? EscapeLength : 0;
    }

    private static bool MayHoldSurrogates(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0;

    private static int NextEscape(ReadOnlySpan<byte> json, int from)
    {
        var next = from < json.Length ? json[from..].IndexOf((byte)'\\') : -1;
        return next < 0 ? -1 : from + next;
    }

    private static Surrogate SurrogateAt(ReadOnlySpan<byte> json, int at)
    {
        if (at + EscapeLength > json.Length || json[at] != '\\' || json[at + 1] != 'u') return Surrogate.None;
        if (!Utf8Parser.TryParse(json.Slice(at + 2, 4), out ushort unit, out var read, 'x') || read != 4) return Surrogate.None;

        return char.IsHighSurrogate((char)unit) ? Surrogate.High : char.IsLowSurrogate((char)unit) ? Surrogate.Low : Surrogate.None;
    }

    private enum Surrogate
    {
        None,
        High,
        Low,
    }
}
