using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Okta;

namespace EventHookDetector.Alerts;

/// <summary>
/// What a person is known by, and what is left of a text without it: ids and addresses, wherever they stand; and logins that are a plain word, and names
/// that people see, where they are the whole of a value, for "admin" and "May" are in many a sentence.
/// </summary>
internal sealed class PersonNames
{
    public const string Removed = "(removed)";

    // What is said of whoever did it: where from, with which device and browser.
    private static readonly string[] AboutTheActor = ["client", "request", "securityContext", "debugContext"];

    private readonly HashSet<string> _displayNames = new(StringComparer.OrdinalIgnoreCase);

    public PersonNames(string idOrLogin) => Ids.Add(idOrLogin);

    /// <summary>Ids and logins. More are found along the way.</summary>
    public List<string> Ids { get; } = [];

    /// <summary>The same as they are searched for.</summary>
    public IReadOnlyList<string> Searchable => [.. Ids.Select(AlertRecord.Searchable).OfType<string>()];

    /// <summary>Learns from a log event what else the person is known by.</summary>
    public void LearnFrom(LogEventFields fields)
    {
        foreach (var subject in fields.Targets.Append(fields.Actor).OfType<Subject>().Where(Is))
        {
            if (subject.IsUser && subject.DisplayName is { } name) _displayNames.Add(name);
            foreach (var id in new[] { subject.Id, subject.AlternateId }.OfType<string>())
            {
                // Where Okta knows none it says "unknown", and that is not this person.
                if (id.Length > 3 && !id.Equals("unknown", StringComparison.OrdinalIgnoreCase) && !Ids.Contains(id, StringComparer.OrdinalIgnoreCase)) Ids.Add(id);
            }
        }
    }

    public bool AreIn(string? text) => text is not null && (IsOne(text) || Ids.Where(IsNoWord).Any(id => text.Contains(id, StringComparison.OrdinalIgnoreCase)));

    /// <returns>The text without them.</returns>
    public string Remove(string text) => IsOne(text)
        ? Removed
        : Ids.Where(IsNoWord).Aggregate(text, (rest, id) => rest.Replace(id, Removed, StringComparison.OrdinalIgnoreCase));

    /// <returns>A log event without them. Of one that cannot be read well enough to find them, only what it is.</returns>
    public byte[] Remove(byte[] json, string uuid, string eventType)
    {
        try
        {
            var node = JsonNode.Parse(BrokenText.Replace(json), documentOptions: new JsonDocumentOptions { MaxDepth = LenientJson.MaxDepth });
            if (node is JsonObject logEvent && LogEventFields.Read(json).Actor is { } actor && Is(actor))
            {
                foreach (var about in AboutTheActor) logEvent.Remove(about);
            }

            return Encoding.UTF8.GetBytes(Without(node)?.ToJsonString() ?? "null");
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException or InvalidOperationException)
        {
            return Encoding.UTF8.GetBytes(new JsonObject { ["uuid"] = uuid, ["eventType"] = eventType }.ToJsonString());
        }
    }

    private static bool IsNoWord(string id) => id.Contains('@', StringComparison.Ordinal) || (id.Length >= 12 && id.Any(char.IsAsciiDigit));

    private bool IsOne(string text) => _displayNames.Contains(text) || Ids.Contains(text, StringComparer.OrdinalIgnoreCase);

    private bool Is(Subject subject) =>
        (subject.Id is { } id && Ids.Contains(id, StringComparer.OrdinalIgnoreCase))
        || (subject.AlternateId is { } login && Ids.Contains(login, StringComparer.OrdinalIgnoreCase));

    private JsonNode? Without(JsonNode? node) => node switch
    {
        JsonObject many => new JsonObject(many.Select(one => KeyValuePair.Create(Remove(one.Key), Without(one.Value)))),
        JsonArray many => new JsonArray([.. many.Select(Without)]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(Remove(text)),
        _ => node?.DeepClone(),
    };
}
