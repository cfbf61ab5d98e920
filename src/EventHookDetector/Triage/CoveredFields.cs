using System.Text;
using System.Text.Json;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Hosting;

namespace EventHookDetector.Triage;

/// <summary>
/// The condition of an exception item as it was sent: KQL, or the fields that people think in, which become KQL. A name that
/// is none of the four is refused, for to leave it out would cover more than was meant.
/// </summary>
internal static class CoveredFields
{
    private const int Longest = 200;

    private static readonly Dictionary<string, Func<string, string>> Kql = new(StringComparer.OrdinalIgnoreCase)
    {
        ["actor"] = actor => Any(actor, "okta.actor.alternate_id", "okta.actor.id"),
        ["target"] = target => Any(target, "okta.target.alternate_id", "okta.target.id"),
        ["ipRange"] = range => $"okta.client.ip:{Quote(range)}",
        ["apiToken"] = token => $"okta.transaction.detail.request_api_token_id:{Quote(token)}",
    };

    /// <returns>The KQL; null if what was sent is neither a text nor these fields.</returns>
    public static string? ToKql(JsonElement? condition) => condition switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Trim(),
        { ValueKind: JsonValueKind.Object } fields when FindFaults(fields).Count == 0 =>
            string.Join(" and ", Given(fields).Select(field => Kql[field.Name](field.Value.GetString()!.Trim()))),
        _ => null,
    };

    public static IReadOnlyList<string> FindFaults(JsonElement? condition) => condition switch
    {
        { } sent when !ApiJson.IsText(sent) => ["condition must be text: half of a surrogate pair, such as \\ud800 alone, is no character."],
        { ValueKind: JsonValueKind.String } text when text.GetString()!.Any(IsHidden) =>
            ["condition must hold no control characters but line breaks and tabs; within quotes one can be written by its number, such as \\u0000."],
        { ValueKind: JsonValueKind.String } => [],
        { ValueKind: JsonValueKind.Object } fields => FindFaults(fields),
        _ => ["condition must be a query in KQL, or an object with actor, target, ipRange or apiToken."],
    };

    private static List<string> FindFaults(JsonElement fields) =>
    [
        .. from field in Given(fields)
           let fault = FindFault(field.Name, field.Value)
           where fault is not null
           select fault,
    ];

    private static string? FindFault(string name, JsonElement value)
    {
        if (!Kql.ContainsKey(name)) return "condition may have the fields actor, target, ipRange and apiToken, and no others.";
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : "";
        if (text.Length is 0 or > Longest || text.Any(char.IsControl))
            return $"condition.{name} must be a text of at most {Longest} characters, in one line and without control characters.";
        if (text.EnumerateRunes().FirstOrDefault(LookAlikes.IsHidden) is { Value: > 0 } hidden)
            return $"condition.{name} must hold no character that cannot be seen, as {LookAlikes.Name(hidden)} is. Remove it.";
        if (LookAlikes.FindQuote(text) is { } at)
            return $"condition.{name} must stand without quotation marks of its own: character {at + 1} is {LookAlikes.Name(new Rune(text[at]))}. The plain one (\") begins and ends the JSON text already.";

        return string.Equals(name, "ipRange", StringComparison.OrdinalIgnoreCase) && IpNetwork.Read(text) is null
            ? "condition.ipRange must be an IP address, or a network such as 10.0.0.0/8."
            : null;
    }

    // Between words a query may have lines. What else cannot be seen is none of a database's texts, or turns those who read it.
    private static bool IsHidden(char character) => char.IsControl(character) && character is not ('\t' or '\r' or '\n');

    private static IEnumerable<JsonProperty> Given(JsonElement fields) =>
        fields.EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null);

    private static string Any(string value, params string[] fields) => $"({string.Join(" or ", fields.Select(field => $"{field}:{Quote(value)}"))})";

    // Within quotes there are no wildcards, and only these two say anything.
    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
