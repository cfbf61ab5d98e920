using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Notifications.Webhook;

/// <summary>The symmetric signature of Standard Webhooks 1.0: HMAC-SHA256 over the id, the time and the raw body.</summary>
/// <remarks>https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</remarks>
internal static class StandardWebhookSignature
{
    private const string Prefix = "whsec_";

    /// <returns>The key in a secret; null if it does not hold a proper one.</returns>
    public static byte[]? ReadKey(string? secret)
    {
        if (secret?.StartsWith(Prefix, StringComparison.Ordinal) is not true) return null;

        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Prefix.Length..], key, out var length) && length is >= 24 and <= 64 ? key[..length] : null;
    }

    /// <returns>The header's value: one signature a key, separated by blanks.</returns>
    public static string Sign(IEnumerable<byte[]> keys, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return string.Join(' ', keys.Select(key => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}"));
    }
}
