using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Hosting;

/// <summary>Secrets to compare with, without telling by the time it takes how much of one was right.</summary>
internal sealed class SecretText(IEnumerable<string> secrets)
{
    private readonly byte[][] _hashes = [.. secrets.Select(secret => SHA256.HashData(Encoding.UTF8.GetBytes(secret)))];

    /// <summary>Looks at all of them, whichever fits, and at their hashes, so that their lengths do not show either.</summary>
    public bool Includes(string given)
    {
        // No header is longer than this, and none of ours is.
        Span<byte> text = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Encoding.UTF8.TryGetBytes(given, text, out var length)) SHA256.HashData(text[..length], hash);
        else SHA256.HashData(Encoding.UTF8.GetBytes(given), hash);

        var found = false;
        foreach (var secret in _hashes) found |= CryptographicOperations.FixedTimeEquals(hash, secret);
        return found;
    }
}
