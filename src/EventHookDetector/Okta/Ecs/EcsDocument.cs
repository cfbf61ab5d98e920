using System.Text.Json.Nodes;

namespace EventHookDetector.Okta.Ecs;

/// <summary>The whole log event as a document, as it would lie in Elastic's index. For people: queries do without.</summary>
internal static class EcsDocument
{
    public static JsonObject Of(LogEvent logEvent)
    {
        var document = new JsonObject();
        foreach (var field in EcsFields.All.Where(field => field.ObjectsIn is null)) Put(document, field.Name, ValuesOf(logEvent, field));
        foreach (var list in EcsFields.All.Where(field => field.ObjectsIn is not null).GroupBy(field => field.ObjectsIn!.List))
            Put(document, list.Key, ObjectsOf(logEvent.ReadableJson, [.. list.Select(field => field.ObjectsIn!)]));
        Put(document, EcsFields.Flattened, DebugDataOf(logEvent));
        return document;
    }

    private static JsonNode? ValuesOf(LogEvent logEvent, EcsField field)
    {
        var values = new JsonArray();
        field.Any(logEvent, value => Add(values, value));
        if (!field.IsList) return OneOrAll(values);

        // A list names each once: an actor who is the target too, say.
        var distinct = values.DistinctBy(value => value?.ToString(), StringComparer.Ordinal).ToArray();
        return distinct.Length == 0 ? null : new JsonArray([.. distinct.Select(value => value?.DeepClone())]);
    }

    private static JsonArray? ObjectsOf(byte[] json, IReadOnlyList<EcsField.ListProperty> properties)
    {
        var objects = new JsonArray();
        for (var source = 0; source < properties[0].Paths.Count; source++)
        {
            foreach (var range in properties[0].Paths[source].List.Objects(json))
            {
                var item = new JsonObject();
                foreach (var property in properties)
                {
                    var values = new JsonArray();
                    property.Paths[source].Property.Any(json.AsSpan(range), value => Add(values, value));
                    Put(item, property.Name, OneOrAll(values));
                }

                if (item.Count > 0) objects.Add((JsonNode)item);
            }
        }

        return objects.Count == 0 ? null : objects;
    }

    private static JsonObject? DebugDataOf(LogEvent logEvent)
    {
        var values = new Dictionary<string, JsonArray>(StringComparer.Ordinal);
        var name = "";
        DebugFields.Any(
            logEvent.ReadableJson,
            key => (name = key[(EcsFields.Flattened.Length + 1)..].ToString()) is not null,
            value => Add(values.TryGetValue(name, out var known) ? known : values[name] = [], value));
        return values.Count == 0 ? null : new JsonObject(values.Select(pair => KeyValuePair.Create(pair.Key, OneOrAll(pair.Value))));
    }

    /// <returns>False, for more.</returns>
    private static bool Add(JsonArray values, EcsValue value)
    {
        values.Add(value.ToJson());
        return false;
    }

    private static JsonNode? OneOrAll(JsonArray values) => values.Count switch
    {
        0 => null,
        1 => values[0]!.DeepClone(),
        _ => values,
    };

    private static void Put(JsonObject document, string name, JsonNode? value)
    {
        if (value is null) return;

        var parts = name.Split('.');
        foreach (var part in parts[..^1])
        {
            if (document[part] is not JsonObject inner) document[part] = inner = [];
            document = inner;
        }

        document[parts[^1]] = value;
    }
}
