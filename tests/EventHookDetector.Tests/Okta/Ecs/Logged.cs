using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Okta;
using EventHookDetector.Okta.Ecs;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta.Ecs;

/// <summary>Log events as the reader of deliveries makes them, and what a document says of them.</summary>
internal static class Logged
{
    public static LogEvent Event(string json) => Event(Encoding.UTF8.GetBytes(json));

    public static LogEvent Event(JsonObject json) => Event(json.ToJsonString());

    public static LogEvent Event(byte[] json) => new(json, new RawPath("eventType").First(json), "example.okta.com");

    public static IReadOnlyList<LogEvent> Sample(string name) =>
        [.. JsonNode.Parse(Some.Sample(name))!["data"]!["events"]!.AsArray().Select(logEvent => Event(logEvent!.AsObject()))];

    /// <summary>The values of a field, read one by one.</summary>
    public static IReadOnlyList<string> Values(this LogEvent logEvent, string field) =>
        [.. EcsFields.Named(field).SelectMany(named => named.ValuesIn(logEvent))];

    public static IReadOnlyList<string> ValuesIn(this EcsField field, LogEvent logEvent)
    {
        var values = new List<string>();
        field.Any(logEvent, value =>
        {
            values.Add(value.ToString());
            return false;
        });
        return values;
    }

    /// <summary>All values of a document under their full names; what stands in arrays has lost its place.</summary>
    public static ILookup<string, string> Flat(JsonObject document) =>
        Leaves("", document).ToLookup(leaf => leaf.Name, leaf => leaf.Text, StringComparer.Ordinal);

    private static IEnumerable<(string Name, string Text)> Leaves(string name, JsonNode? node) => node switch
    {
        JsonObject inner => inner.SelectMany(pair => Leaves(name.Length == 0 ? pair.Key : $"{name}.{pair.Key}", pair.Value)),
        JsonArray items => items.SelectMany(item => Leaves(name, item)),
        JsonValue value => [(name, value.TryGetValue<string>(out var text) ? text : value.ToJsonString())],
        _ => [],
    };
}
