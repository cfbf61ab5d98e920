using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>swagger.json, read the way Swagger UI reads it.</summary>
internal sealed class SwaggerDocument(JsonNode json)
{
    public static async Task<SwaggerDocument> OfAsync(DetectorApp detector) =>
        new((await detector.Http.GetFromJsonAsync<JsonNode>("/swagger/v1/swagger.json", TestContext.Current.CancellationToken))!);

    public IReadOnlyList<string> Tags => [.. json["tags"]!.AsArray().Select(tag => tag!["name"]!.GetValue<string>())];

    public JsonNode SecuritySchemes => json["components"]!["securitySchemes"]!;

    public IReadOnlyList<Operation> Operations =>
        [.. from path in json["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            select new Operation(operation.Key.ToUpperInvariant(), path.Key, operation.Value!)];

    public Operation Find(string method, string path) => Operations.Single(operation => operation.Method == method && operation.Path == path);

    internal sealed record Operation(string Method, string Path, JsonNode Json)
    {
        public IEnumerable<(int StatusCode, JsonNode Answer)> Answers =>
            Json["responses"]!.AsObject().Select(answer => (int.Parse(answer.Key), answer.Value!));

        /// <summary>The example of an answer; null if it has none.</summary>
        public JsonNode? Example(int statusCode) =>
            Json["responses"]?[$"{statusCode}"]?["content"]?.AsObject().Select(content => content.Value?["example"]).FirstOrDefault();

        public JsonNode? RequestExample => Json["requestBody"]?["content"]?["application/json"]?["example"];

        /// <summary>The names of the schemes, any one of which opens it.</summary>
        public IReadOnlyList<string> Security => [.. Json["security"]?.AsArray().SelectMany(one => one!.AsObject()).Select(scheme => scheme.Key) ?? []];

        public override string ToString() => $"{Method} {Path}";
    }
}
