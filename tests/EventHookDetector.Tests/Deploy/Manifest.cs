using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace EventHookDetector.Tests.Deploy;

/// <summary>What stands in a YAML file below deploy/; every scalar is a text.</summary>
internal static class Manifest
{
    private static readonly string Folder = FindFolder();

    /// <summary>Their paths from deploy/.</summary>
    public static IReadOnlyList<string> Files(string folder = "") =>
        [.. from file in Directory.EnumerateFiles(Path.Combine(Folder, folder), "*.y*ml", SearchOption.AllDirectories)
            let path = Path.GetRelativePath(Folder, file).Replace('\\', '/')
            where !path.Contains("/secrets/", StringComparison.Ordinal)
            orderby path
            select path];

    /// <summary>The one document of the file. A key that stands there twice is a fault, as in Kubernetes.</summary>
    public static JsonNode Read(string path)
    {
        using var reader = new StreamReader(Path.Combine(Folder, path));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return ToJson(Assert.Single(yaml.Documents).RootNode)!;
    }

    public static string Text(this JsonNode? node) => node?.GetValue<string>() ?? "";

    /// <summary>All values of this key, wherever it stands.</summary>
    public static IEnumerable<JsonNode> All(this JsonNode? node, string key) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key == key && pair.Value is not null ? [pair.Value] : pair.Value.All(key)),
        JsonArray list => list.SelectMany(item => item.All(key)),
        _ => [],
    };

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };

    private static string FindFolder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "deploy"));
}
