using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Hosting;

/// <summary>Compares secrets without telling, by the time it takes, how much of one was right.</summary>
internal static class SecretText
{
    /// <summary>Looks at all of them, whichever fits, and at their hashes, so that their lengths do not show either.</summary>
    public static bool EqualsAny(string given, IEnumerable<string> secrets)
    {
        Span<byte> givenHash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> secretHash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(given, givenHash);
        var found = false;
        foreach (var secret in secrets)
        {
            Hash(secret, secretHash);
            found |= CryptographicOperations.FixedTimeEquals(givenHash, secretHash);
        }

        return found;
    }

    private static void Hash(string text, Span<byte> hash) => SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
}
