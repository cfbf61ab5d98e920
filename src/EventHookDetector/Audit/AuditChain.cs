using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Audit;

/// <summary>
/// How rows hold on to each other. The hash of a row is the SHA-256 of these lines in UTF-8, joined by line feeds: the hash of the row
/// before, number, id, at (in microseconds), act, subject, digest of who, digest of details. A digest is the SHA-256 of a salt, a line feed and
/// the text. So text and salt may be taken away together, and the chain still holds; nobody can guess the text from the digest then.
/// </summary>
internal static class AuditChain
{
    private const int SaltLength = 16;

    /// <summary>What stands before the first row.</summary>
    public static readonly string Beginning = new('0', 2 * SHA256.HashSizeInBytes);

    public static AuditEntry Seal(AuditEntry entry, long number, string previous)
    {
        var (whoSalt, whoDigest) = Hide(entry.Who);
        var (detailsSalt, detailsDigest) = Hide(entry.Details);
        var numbered = entry with
        {
            Number = number,
            WhoSalt = whoSalt,
            WhoDigest = whoDigest,
            DetailsSalt = detailsSalt,
            DetailsDigest = detailsDigest,
        };
        return numbered with { Hash = HashOf(numbered, number, previous) };
    }

    /// <summary>What the hash would be at this place.</summary>
    public static string HashOf(AuditEntry entry, long number, string previous) => Hash(string.Join(
        '\n',
        previous,
        number.ToString(CultureInfo.InvariantCulture),
        entry.Id,
        entry.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        entry.Act,
        entry.Subject,
        entry.WhoDigest,
        entry.DetailsDigest));

    /// <summary>Whether a text is the one that was sealed, or was taken away together with its salt.</summary>
    public static bool IsAsSealed(string? text, string? salt, string? digest) =>
        text is null ? salt is null : salt is not null && digest == Digest(salt, text);

    private static (string? Salt, string Digest) Hide(string? text)
    {
        if (text is null) return (null, "");

        var salt = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SaltLength));
        return (salt, Digest(salt, text));
    }

    private static string Digest(string salt, string text) => Hash($"{salt}\n{text}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
