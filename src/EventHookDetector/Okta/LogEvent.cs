using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Okta;

/// <summary>
/// One entry of Okta's System Log. Nothing in it is guaranteed to be there, so every property may be null, and reading one
/// never throws: a reset half read is still a reset.
/// </summary>
internal sealed class LogEvent
{
    private const int LongestUuid = 200;
    private const int MostAccounts = 100;
    private const int MostBytesOfCopies = 64 * 1024 * 1024;

    private readonly Lazy<LogEventFields> _fields;
    private byte[]? _readable;
    private byte[]? _key;

    public LogEvent(byte[] json, string? eventType, string? org, string? defect = null)
    {
        Json = json;
        EventType = eventType;
        Org = org;
        Defect = defect;
        _fields = new(() => LogEventFields.Read(Json), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The bytes as they came.</summary>
    public byte[] Json { get; }

    /// <summary>The same, with U+FFFD for whatever is no text: what a reader may ask without being thrown at.</summary>
    public byte[] ReadableJson => _readable ??= BrokenText.Replace(Json);

    /// <summary>Null where it has none, or one that no rule wants.</summary>
    public string? EventType { get; }

    /// <summary>The host of the org it came from.</summary>
    public string? Org { get; }

    /// <summary>Why it is no log event at all; null when it is one.</summary>
    public string? Defect { get; }

    /// <summary>Read on first use: most of what Okta sends is never looked at more closely.</summary>
    public LogEventFields Fields => _fields.Value;

    /// <summary>
    /// The log event once for each account it is about, as if it named no other account. A condition is asked of each:
    /// with all accounts in one log event, a condition for one account would hold for the others too.
    /// </summary>
    public IEnumerable<LogEvent> PerAccount => Fields.TargetUsers.Count < 2 ? [this] : SingleTargets.Of(this).Take(MostCopies);

    /// <summary>True if it names more accounts than <see cref="PerAccount"/> returns. Such a log event is never suppressed.</summary>
    public bool HasTooManyAccounts => Fields.TargetUsers.Count is > 1 and var accounts && accounts > MostCopies;

    // Each copy is as long as the log event, which may be as long as a delivery.
    private int MostCopies => Math.Min(MostAccounts, MostBytesOfCopies / Json.Length);

    /// <summary>Okta's uuid, or where it sent none, or one too long to be looked up by, the hash of the content in its place.</summary>
    public string Uuid => Fields.Uuid is { Length: <= LongestUuid } uuid ? uuid : $"sha256:{ContentHash}";

    /// <summary>SHA-256 of the bytes as they came, in lower-case hexadecimal digits.</summary>
    public string ContentHash => Convert.ToHexStringLower(SHA256.HashData(Json));

    /// <summary>
    /// Sixteen bytes that identify the log event: one for each (org, uuid), the same however often Okta delivers it. A uuid
    /// comes from outside and may be of any length, so its hash is kept, not the text. All that share a uuid begin alike.
    /// </summary>
    public byte[] Key => _key ??= [.. KeysBeginWith(Uuid), .. Hash($"{Org}\n{Uuid}")];

    /// <summary>The eight bytes with which the keys of all log events of that uuid begin, whichever org they are from.</summary>
    public static byte[] KeysBeginWith(string uuid) => Hash(uuid);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text))[..8];
}
