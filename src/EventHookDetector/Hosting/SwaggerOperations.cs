using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.Hosting;

/// <summary>Adds to each route its examples, its errors in words, and who may call it.</summary>
internal sealed class SwaggerOperations : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        AddExamples(operation, metadata);
        foreach (var (statusCode, response) in operation.Responses ?? [])
        {
            if (int.Parse(statusCode) >= 400) AddProblemExample(response, int.Parse(statusCode));
        }

        if (metadata.OfType<IAuthorizeData>().Any() && context.ApiDescription.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true)
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OperatorKey.SchemeName, context.Document)] = [] }];
    }

    private static void AddExamples(OpenApiOperation operation, IEnumerable<object> metadata)
    {
        foreach (var example in metadata)
        {
            if (example is Swagger.RequestExample request)
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = MediaType(request.Json) },
                };
            }
            else if (example is Swagger.ResponseExample response && operation.Responses is { } responses
                && responses.TryGetValue($"{response.StatusCode}", out var found) && found is OpenApiResponse answer)
            {
                answer.Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = MediaType(response.Json) };
            }
        }
    }

    private static void AddProblemExample(IOpenApiResponse response, int statusCode)
    {
        if (response is not OpenApiResponse answer) return;

        var example = $$"""{"type":"https://tools.ietf.org/html/rfc9110","title":"{{ReasonPhrases.GetReasonPhrase(statusCode)}}","status":{{statusCode}},"detail":"What is wrong, and what to do about it."}""";
        answer.Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal) { ["application/problem+json"] = MediaType(example) };
    }

    private static OpenApiMediaType MediaType(string json) => new()
    {
        Schema = new OpenApiSchema { Type = JsonSchemaType.Object },
        Example = JsonNode.Parse(json),
    };
}
