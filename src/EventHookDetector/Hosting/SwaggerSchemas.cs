using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.Hosting;

/// <summary>Says of each property which words it takes and whether it may be null.</summary>
internal sealed class SwaggerSchemas : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Type: JsonSchemaType.Object } found) return;

        // An answer may hold more than its type says: GET /api/alerts/{id} adds the log event, closing adds a draft.
        found.AdditionalPropertiesAllowed = true;
        foreach (var property in context.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (found.Properties?.TryGetValue(name, out var declared) != true) continue;

            if (property.GetCustomAttribute<EnumDataTypeAttribute>() is { } read)
                found.Properties[name] = context.SchemaGenerator.GenerateSchema(read.EnumType, context.SchemaRepository);
            else if (declared is OpenApiSchemaReference reference && MayBeNull(property))
                found.Properties[name] = OrNull(reference, property);
            else if (declared is OpenApiSchema plain)
                Complete(plain, property);
        }
    }

    private static void Complete(OpenApiSchema schema, PropertyInfo property)
    {
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } words) schema.Enum = [.. words.Values.Select(word => JsonValue.Create((string)word!))];
        if (!MayBeNull(property)) schema.Type &= ~JsonSchemaType.Null;
    }

    private static bool MayBeNull(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    // In OpenAPI 3.0 nothing may be said beside a reference, and null must be among the words of an enumeration.
    private static OpenApiSchema OrNull(OpenApiSchemaReference reference, PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is { IsEnum: true } words
            ? new()
            {
                Type = JsonSchemaType.String | JsonSchemaType.Null,
                Enum = [.. Enum.GetNames(words).Select(word => JsonValue.Create(JsonNamingPolicy.CamelCase.ConvertName(word))), JsonNullSentinel.JsonNull],
                Description = reference.Description,
            }
            : new() { Type = JsonSchemaType.Object | JsonSchemaType.Null, AllOf = [reference], Description = reference.Description };
}
