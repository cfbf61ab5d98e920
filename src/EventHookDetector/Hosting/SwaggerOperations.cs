using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.Hosting;

/// <summary>Adds to each route its examples, its errors in words, and who may call it.</summary>
internal sealed class SwaggerOperations(IOptions<AuthorizationOptions> authorization) : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        AddExamples(operation, metadata);
        foreach (var (statusCode, response) in operation.Responses ?? [])
        {
            var hasOneOfItsOwn = metadata.OfType<Swagger.ResponseExample>().Any(example => $"{example.StatusCode}" == statusCode);
            if (int.Parse(statusCode) >= 400 && !hasOneOfItsOwn) AddProblemExample(response, int.Parse(statusCode));
        }

        operation.Security = [.. SchemesOf(metadata).Select(scheme =>
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
    }

    /// <summary>What the policies of a route accept; any one of them is enough.</summary>
    private IEnumerable<string> SchemesOf(IEnumerable<object> metadata) => metadata.OfType<IAuthorizeData>()
        .Select(required => required.Policy is { } name ? authorization.Value.GetPolicy(name) : null)
        .SelectMany(policy => policy?.AuthenticationSchemes ?? [])
        .Distinct(StringComparer.Ordinal);

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
