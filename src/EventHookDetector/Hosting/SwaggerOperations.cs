using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.Hosting;

/// <summary>Adds to each route its examples, its errors in words, what pages it has, and who may call it.</summary>
internal sealed class SwaggerOperations : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        AddExamples(operation, metadata);
        if (OperatorPolicies.RoleFor(metadata) is not null) operation.Responses?.TryAdd("429", new OpenApiResponse());
        foreach (var (statusCode, response) in operation.Responses ?? [])
        {
            var hasOneOfItsOwn = metadata.OfType<Swagger.ResponseExample>().Any(example => $"{example.StatusCode}" == statusCode);
            if (int.Parse(statusCode) >= 400 && !hasOneOfItsOwn) AddProblemExample(response, int.Parse(statusCode), context);
        }

        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? []) Describe(parameter, metadata, context.ApiDescription.RelativePath!);

        var role = OperatorPolicies.RoleFor(metadata);
        if (role is not null) operation.Description = $"{operation.Description} Needs the role {OperatorPolicies.Describe(role)}.".TrimStart();
        operation.Security = [.. metadata.OfType<Swagger.Scheme>().Select(scheme =>
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme.Name, context.Document)] = [] })];
    }

    private static void AddExamples(OpenApiOperation operation, IEnumerable<object> metadata)
    {
        foreach (var example in metadata)
        {
            if (example is Swagger.RequestExample request)
            {
                var declared = operation.RequestBody?.Content?.Values.FirstOrDefault()?.Schema;
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = MediaType(SwaggerTimes.Mark(request.Json), declared) },
                };
            }
            else if (example is Swagger.StreamExample stream && operation.Responses?["200"] is OpenApiResponse { Content: { } content })
            {
                foreach (var found in content.Values.OfType<OpenApiMediaType>()) found.Example = JsonValue.Create(stream.Text);
            }
            else if (example is Swagger.ResponseExample response && operation.Responses is { } responses
                && responses.TryGetValue($"{response.StatusCode}", out var found) && found is OpenApiResponse answer)
            {
                // Where the type of the answer is declared, its schema stays.
                var schema = answer.Content?.TryGetValue("application/json", out var typed) == true ? typed.Schema : null;
                answer.Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/json"] = MediaType(response.Json, schema),
                };
            }
        }
    }

    /// <summary>With the type and the title that the answer has.</summary>
    private static void AddProblemExample(IOpenApiResponse response, int statusCode, OperationFilterContext context)
    {
        if (response is not OpenApiResponse answer) return;

        answer.Description = MeaningOf(statusCode);
        var problem = TypedResults.Problem("What is wrong, and what to do about it.", statusCode: statusCode).ProblemDetails;
        answer.Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal)
        {
            ["application/problem+json"] = MediaType(
                JsonSerializer.Serialize(new { problem.Type, problem.Title, problem.Status, problem.Detail }, ApiJson.Options),
                context.SchemaGenerator.GenerateSchema(typeof(ProblemDetails), context.SchemaRepository)),
        };
    }

    /// <summary>Every list takes limit and cursor, and what it lists has ids; what else a parameter means its route says.</summary>
    private static void Describe(OpenApiParameter parameter, IEnumerable<object> metadata, string path)
    {
        if (parameter.In == ParameterLocation.Path) parameter.Description = $"From GET /{path[..path.IndexOf("/{", StringComparison.Ordinal)]}.";
        if (metadata.OfType<Swagger.Parameter>().FirstOrDefault(told => told.Name == parameter.Name) is { } told) parameter.Description = told.Meaning;
        if (metadata.OfType<Swagger.Words>().FirstOrDefault(words => words.Parameter == parameter.Name) is { } words)
            parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. words.All.Select(word => JsonValue.Create(word))] };

        if (parameter.Name == "limit")
        {
            parameter.Description = "How many to show.";
            parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "200", Default = JsonValue.Create(50) };
        }
        else if (parameter.Name == "cursor")
        {
            parameter.Description = "The nextCursor of the page before; leave it out for the first page.";
        }
    }

    private static string MeaningOf(int statusCode) => statusCode switch
    {
        StatusCodes.Status400BadRequest => "What was sent is not right; detail says what, all of it at once.",
        StatusCodes.Status401Unauthorized => "The key or the secret is missing or wrong. Press Authorize.",
        StatusCodes.Status403Forbidden => "Your key may only read: this needs the role responder or admin.",
        StatusCodes.Status404NotFound => "There is none of that id or name.",
        StatusCodes.Status409Conflict => "It is no longer in a state in which this can be done; detail says why.",
        StatusCodes.Status429TooManyRequests => "Too many requests run at the same time, or too many without a known key or token came from this address. Retry-After says how many seconds to wait.",
        StatusCodes.Status413PayloadTooLarge => "The body is longer than EventHook:MaxBodyBytes.",
        StatusCodes.Status415UnsupportedMediaType => "The body is of none of the content types that are taken here, not in UTF-8, or compressed.",
        _ => "The database is away or too slow; try again in a few seconds. A second try does no harm.",
    };

    private static OpenApiMediaType MediaType(string json, IOpenApiSchema? schema = null)
    {
        var example = JsonNode.Parse(json);
        return new() { Schema = schema ?? Untyped(example), Example = example };
    }

    private static OpenApiSchema Untyped(JsonNode? example) => example is JsonArray
        ? new() { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Object } }
        : new() { Type = JsonSchemaType.Object };
}
