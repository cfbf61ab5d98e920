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
