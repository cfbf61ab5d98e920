using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace EventHookDetector.Hosting;

/// <summary>
/// Refuses query parameters that a route does not know, or that are given twice. A misspelt filter would otherwise show every item, and look as if
/// it had been applied.
/// </summary>
internal sealed class QueryParameters(IApiDescriptionGroupCollectionProvider descriptions)
{
    private readonly Lazy<IReadOnlyDictionary<string, string[]>> _namesByRoute = new(() => NamesByRoute(descriptions));

    public static ValueTask<object?> RefuseUnknownAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (!request.QueryString.HasValue) return next(context);

        return context.HttpContext.RequestServices.GetRequiredService<QueryParameters>().FindFault(context.HttpContext) is { } fault
            ? ValueTask.FromResult<object?>(Problem.BadRequest(fault))
            : next(context);
    }

    private string? FindFault(HttpContext context)
    {
        var route = context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;
        if (route is null || !_namesByRoute.Value.TryGetValue(route, out var names)) return null;

        if (context.Request.Query.Keys.FirstOrDefault(key => !names.Contains(key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            return $"The query parameter {UnderstandableName(unknown)} is unknown here. {Known(names)}";

        return context.Request.Query.FirstOrDefault(parameter => parameter.Value.Count > 1) is { Key: { } repeated }
            ? $"The query parameter {repeated} is given more than once."
            : null;
    }

    private static string Known(string[] names) =>
        names.Length == 0 ? "This route has no query parameters." : $"The known ones are {string.Join(", ", names)}.";

    private static string UnderstandableName(string name) =>
        name.Length is > 0 and <= 40 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-') ? name : "that was sent";

    private static Dictionary<string, string[]> NamesByRoute(IApiDescriptionGroupCollectionProvider descriptions) =>
        (from description in descriptions.ApiDescriptionGroups.Items.SelectMany(set => set.Items)
         let route = description.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName
         where route is not null
         select (route, names: description.ParameterDescriptions.Where(parameter => parameter.Source == BindingSource.Query).Select(parameter => parameter.Name).ToArray()))
        .ToDictionary(entry => entry.route, entry => entry.names, StringComparer.Ordinal);
}
