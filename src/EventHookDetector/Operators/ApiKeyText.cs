using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Operators;

/// <summary>
/// How a key that an admin makes is written: <c>ehd_</c>, by which scanners for secrets know it, 32 random bytes, and a checksum, so that
/// what is no key at all is not looked for in the database.
/// </summary>
internal static class ApiKeyText
{
    private const string Prefix = "ehd_";
    private const int RandomBytes = 32;

    public static string Create()
    {
        var random = RandomNumberGenerator.GetBytes(RandomBytes);
        return Prefix + Base64Url.EncodeToString([.. random, .. ChecksumOf(random)]);
    }

    public static bool IsOne(string text)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + sizeof(uint)];
        return text.Length < 100 && text.StartsWith(Prefix, StringComparison.Ordinal)
            && Base64Url.TryDecodeFromChars(text.AsSpan(Prefix.Length), bytes, out var length) && length == bytes.Length
            && bytes[RandomBytes..].SequenceEqual(ChecksumOf(bytes[..RandomBytes]));
    }

    /// <summary>What is stored of it. It is random throughout, so a plain hash is as good as a slow one.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The part by which people know it again.</summary>
    public static string HintOf(string key) => key[..(Prefix.Length + 6)];

    private static byte[] ChecksumOf(ReadOnlySpan<byte> random) => SHA256.HashData(random)[..sizeof(uint)];
}
