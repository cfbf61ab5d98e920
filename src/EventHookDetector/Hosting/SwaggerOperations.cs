using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.Hosting;

/// <summary>Adds to each route its examples, its errors in words, what pages it has, and who may call it.</summary>
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

        foreach (var parameter in operation.Parameters ?? []) parameter.Description ??= MeaningOf(parameter.Name);

        operation.Security = [.. SchemesOf(metadata).Select(scheme =>
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
    }

    /// <summary>What the policies of a route accept; any one of them is enough.</summary>
    private IEnumerable<string> SchemesOf(IEnumerable<object> metadata) => metadata.OfType<IAuthorizeData>()
        .Select(required => required.Policy is { } name ? authorization.Value.GetPolicy(name) : null)
        .SelectMany(policy => policy?.AuthenticationSchemes ?? [])
        .Concat(metadata.OfType<Swagger.Scheme>().Select(scheme => scheme.Name))
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
            else if (example is Swagger.StreamExample stream && operation.Responses?["200"] is OpenApiResponse { Content: { } content })
            {
                foreach (var found in content.Values.OfType<OpenApiMediaType>()) found.Example = JsonValue.Create(stream.Text);
            }
            else if (example is Swagger.ResponseExample response && operation.Responses is { } responses
                && responses.TryGetValue($"{response.StatusCode}", out var found) && found is OpenApiResponse answer)
            {
                // Where the type of the answer is declared, its schema stays.
                var schema = answer.Content?.TryGetValue("application/json", out var declared) == true ? declared.Schema : null;
                answer.Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/json"] = MediaType(response.Json, schema),
                };
            }
        }
    }

    private static void AddProblemExample(IOpenApiResponse response, int statusCode)
    {
        if (response is not OpenApiResponse answer) return;

        answer.Description = MeaningOf(statusCode);
        var example = $$"""{"type":"https://tools.ietf.org/html/rfc9110","title":"{{ReasonPhrases.GetReasonPhrase(statusCode)}}","status":{{statusCode}},"detail":"What is wrong, and what to do about it."}""";
        answer.Content = new Dictionary<string, IOpenApiMediaType>(StringComparer.Ordinal) { ["application/problem+json"] = MediaType(example) };
    }

    /// <summary>Every list takes these two; what else a route takes stands in its description.</summary>
    private static string? MeaningOf(string? parameter) => parameter switch
    {
        "limit" => "How many to show, from 1 to 200. Default: 50.",
        "cursor" => "The nextCursor of the page before; leave it out for the first page.",
        _ => null,
    };

    private static string MeaningOf(int statusCode) => statusCode switch
    {
        StatusCodes.Status400BadRequest => "What was sent is not right; detail says what, all of it at once.",
        StatusCodes.Status401Unauthorized => "The key or the secret is missing or wrong. Press Authorize.",
        StatusCodes.Status403Forbidden => "Your key may only read: this needs the role responder or admin.",
        StatusCodes.Status404NotFound => "There is none of that id or name.",
        StatusCodes.Status409Conflict => "It is no longer in a state in which this can be done; detail says why.",
        StatusCodes.Status413PayloadTooLarge => "The body is longer than EventHook:MaxBodyBytes.",
        StatusCodes.Status415UnsupportedMediaType => "The body is of none of the content types that are taken here, not in UTF-8, or compressed.",
        _ => "The database is away or too slow; try again in a few seconds. A second try does no harm.",
    };

    private static OpenApiMediaType MediaType(string json, IOpenApiSchema? schema = null) => new()
    {
        Schema = schema ?? new OpenApiSchema { Type = JsonSchemaType.Object },
        Example = JsonNode.Parse(json),
    };
}
