using System.Text;

namespace EventHookDetector.Notifications;

/// <summary>Takes a notifier's credentials out of a text that comes back from its channel: error pages like to repeat what they were sent.</summary>
internal sealed class Redaction
{
    private const int LongestAnswer = 300;

    /// <summary>Shorter parts of a path, such as services or api, say nothing and occur everywhere.</summary>
    private const int ShortestPart = 6;

    private readonly string[] _credentials;

    /// <param name="credentials">Each is found as it is and in base64.</param>
    public Redaction(params IEnumerable<string?> credentials) =>
        // The longest first: a part replaced before the whole would leave the rest of the whole standing.
        _credentials = [.. credentials.OfType<string>().Where(credential => credential.Length > 0)
            .SelectMany(credential => new[] { credential, Convert.ToBase64String(Encoding.UTF8.GetBytes(credential)) })
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(credential => credential.Length)];

    /// <summary>Everything after the host, in whole and in parts.</summary>
    public static IEnumerable<string> PartsOf(Uri url) =>
        url.PathAndQuery.Split('/', '?', '&', '=').Where(part => part.Length >= ShortestPart)
            .Append(url.PathAndQuery.Length > 1 ? url.PathAndQuery : "")
            .SelectMany(part => new[] { part, Uri.UnescapeDataString(part) });

    /// <returns>A line that can be shown.</returns>
    public string Clean(string answer)
    {
        // Redacted before it is cut, or a credential at the cut would survive in part; and after it is made one line, or
        // an invisible character inside would hide it.
        var line = _credentials.Aggregate(
            ForeignText.OneLine(answer), (text, credential) => text.Replace(credential, "[…]", StringComparison.OrdinalIgnoreCase));
        return ForeignText.Cut(line, LongestAnswer);
    }
}
