using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Okta;

namespace EventHookDetector.Retention;

/// <summary>
/// What a person is known by, and what is left of a text without it. Nothing is taken from anybody else: an id or a login counts as a whole and
/// never as part of another; one that is a plain word counts only where people are named, for "admin" stands in many a sentence; and a name
/// that people see counts only beside an id or a login, for two may have the same, and anybody may choose it.
/// </summary>
internal sealed partial class PersonNames
{
    public const string Removed = "(removed)";

    // Where people are named, in Okta's log events and in our own records.
    private static readonly HashSet<string> WherePeopleStand = new(
        ["id", "alternateId", "displayName", "login", "userName", "user", "owner", "target", "approver", "requestedBy", "actor"], StringComparer.OrdinalIgnoreCase);

    // What a log event is, which no name may take away.
    private static readonly string[] Kept = ["uuid", "eventType", "published"];

    // What is said of whoever did it: where from, with which device and browser.
    private static readonly string[] AboutTheActor = ["client", "request", "securityContext", "debugContext"];

    private readonly HashSet<string> _ids;
    private readonly HashSet<string> _displayNames;
    private readonly string[] _inProse;

    /// <param name="ids">Ids and logins that are this person's alone.</param>
    /// <param name="displayNames">How people see them called.</param>
    /// <param name="areOnRecord">False for what was only typed in: it counts in a sentence only if it is an address.</param>
    public PersonNames(IEnumerable<string> ids, IEnumerable<string> displayNames, bool areOnRecord)
    {
        _ids = new(ids, StringComparer.OrdinalIgnoreCase);
        _displayNames = new(displayNames, StringComparer.OrdinalIgnoreCase);
        _inProse = [.. _ids.Where(id => IsAddress(id) || (areOnRecord && !id.All(char.IsLetter)))];
    }

    /// <summary>Ids and logins.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    public static bool IsAddress(string id) => id.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < id.Length - 1;

    /// <summary>Whether a value is one of them, as a whole.</summary>
    public bool IsOne(string? value) => value is not null && _ids.Contains(value);

    /// <summary>Whether a sentence names them.</summary>
    public bool AreIn(string? text) => text is not null && (IsOne(text) || _inProse.Any(id => Find(text, id, 0) >= 0));

    /// <returns>A sentence without them.</returns>
    public string Remove(string text)
    {
        if (!AreIn(text)) return text;
        if (IsOne(text)) return Removed;

        var rest = _inProse.Aggregate(text, Without);
        return _displayNames.Where(name => name.Contains(' ', StringComparison.Ordinal)).Aggregate(rest, Without);
    }

    /// <summary>Whether a query names them, plain words too.</summary>
    public bool AreInQuery(string query) => _ids.Any(id => Find(query, id, 0) >= 0);

    public string RemoveFromQuery(string query) => _ids.Aggregate(query, Without);

    /// <summary>Whether a document of ours names them.</summary>
    public bool AreInJson(string json) => AreIn(JsonNode.Parse(json), property: null);

    /// <summary>Whether what may be no JSON at all names them.</summary>
    public bool AreInBroken(byte[] content)
    {
        var text = Escaped.Replace(Encoding.UTF8.GetString(content), found => $"{(char)Convert.ToUInt16(found.Groups["code"].Value, 16)}");
        return _inProse.Any(id => Find(text, id, 0) >= 0)
            || NamedValue.Matches(text).Any(found => WherePeopleStand.Contains(found.Groups["property"].Value) && IsOne(found.Groups["value"].Value));
    }

    /// <returns>A log event without them; null if they are not in it. Of one that cannot be read well enough, only its uuid.</returns>
    public byte[]? Remove(byte[] json)
    {
        if (!MayBeIn(json)) return null;

        try
        {
            var node = JsonNode.Parse(BrokenText.Replace(json), documentOptions: new JsonDocumentOptions { MaxDepth = LenientJson.MaxDepth });
            if (!AreIn(node, property: null)) return null;

            if (node is JsonObject logEvent && logEvent["actor"] is JsonObject actor && IsThem(actor))
            {
                foreach (var about in AboutTheActor) logEvent.Remove(about);
            }

            var rest = WithThoseOf(node).Without(node, property: null);
            return Encoding.UTF8.GetBytes(rest?.ToJsonString() ?? "null");
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException or InvalidOperationException)
        {
            return AreInBroken(json) ? Encoding.UTF8.GetBytes(new JsonObject { ["uuid"] = LogEventFields.Read(json).Uuid }.ToJsonString()) : null;
        }
    }

    /// <summary>Nearly all is about somebody else, and is not worth taking apart.</summary>
    private bool MayBeIn(byte[] json)
    {
        var text = Encoding.UTF8.GetString(json);
        return text.Contains('\\', StringComparison.Ordinal) || _ids.Any(id => text.Contains(id, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>In a log event about them they may be called otherwise too, by a login that is somebody else's by now.</summary>
    private PersonNames WithThoseOf(JsonNode? logEvent)
    {
        var subjects = (logEvent?["target"] as JsonArray ?? []).Append(logEvent?["actor"]).OfType<JsonObject>().Where(IsThem).ToList();
        return subjects.Count == 0 ? this : new(
            [.. _ids, .. Values("id"), .. Values("alternateId").Where(login => login is not "unknown")], [.. _displayNames, .. Values("displayName")], areOnRecord: true);

        IEnumerable<string> Values(string property) => subjects.Select(subject => TextOf(subject[property])).OfType<string>().Where(text => text.Length > 0);
    }

    private bool AreIn(JsonNode? node, string? property) => node switch
    {
        JsonObject many => many.Any(one => AreIn(one.Key) || AreIn(one.Value, one.Key)),
        JsonArray many => many.Any(one => AreIn(one, property)),
        JsonValue value when value.TryGetValue(out string? text) => IsOne(text) ? property is not null && WherePeopleStand.Contains(property) || IsInProse(text) : AreIn(text),
        _ => false,
    };

    private JsonNode? Without(JsonNode? node, string? property) => node switch
    {
        JsonObject many => new JsonObject(many.Select(one => KeyValuePair.Create(
            Remove(one.Key),
            IsThem(many) && one is { Key: "id" or "alternateId" or "displayName", Value: not null } ? JsonValue.Create(Removed) : Without(one.Value, one.Key)))),
        JsonArray many => new JsonArray([.. many.Select(one => Without(one, property))]),
        JsonValue value when !Kept.Contains(property) && value.TryGetValue(out string? text) => JsonValue.Create(WithoutValue(text, property)),
        _ => node?.DeepClone(),
    };

    private string WithoutValue(string text, string? property)
    {
        if (_displayNames.Contains(text)) return Removed;
        if (IsOne(text) && !IsInProse(text)) return property is not null && WherePeopleStand.Contains(property) ? Removed : text;

        return Remove(text);
    }

    private bool IsInProse(string text) => _inProse.Contains(text, StringComparer.OrdinalIgnoreCase);

    private bool IsThem(JsonObject subject) => IsOne(TextOf(subject["id"])) || IsOne(TextOf(subject["alternateId"]));

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string Without(string text, string id)
    {
        var rest = new StringBuilder();
        var from = 0;
        for (var at = Find(text, id, 0); at >= 0; at = Find(text, id, from))
        {
            rest.Append(text, from, at - from).Append(Removed);
            from = at + id.Length;
        }

        return from == 0 ? text : rest.Append(text, from, text.Length - from).ToString();
    }

    /// <returns>Where it stands as a whole; -1 if nowhere.</returns>
    private static int Find(string text, string id, int from)
    {
        for (var at = text.IndexOf(id, from, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(id, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if (!GoesOn(text, at - 1, -1) && !GoesOn(text, at + id.Length, 1)) return at;
        }

        return -1;
    }

    /// <summary>Whether an id goes on at a place; a dot ends a sentence, unless more follows it.</summary>
    private static bool GoesOn(string text, int at, int step) =>
        at >= 0 && at < text.Length
        && (text[at] is '.' or '\'' ? GoesOn(text, at + step, step) : char.IsLetterOrDigit(text[at]) || text[at] is '@' or '_' or '-' or '+');

    [GeneratedRegex(@"\\u(?<code>[0-9a-fA-F]{4})", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Escaped { get; }

    [GeneratedRegex(@"""(?<property>\w+)""\s*:\s*""(?<value>[^""]*)""", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NamedValue { get; }
}
