using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Support;

/// <summary>Every route there is, asked of the router, so that a new one cannot be forgotten.</summary>
internal static class Routes
{
    /// <summary>As they are written in the code: <c>/api/alerts/{id}</c>.</summary>
    public static IReadOnlyList<(HttpMethod Method, string Pattern)> Of(DetectorApp detector) =>
        [.. from endpoint in detector.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let pattern = $"/{endpoint.RoutePattern.RawText?.Trim('/')}"
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            where method != "HEAD"   // It is GET without a body.
            select (new HttpMethod(method), pattern)];

    /// <summary>The operators' routes, with something in the place of each parameter.</summary>
    public static IReadOnlyList<(HttpMethod Method, string Path)> ForOperators(DetectorApp detector) =>
        [.. from route in Of(detector)
            where route.Pattern.StartsWith("/api/", StringComparison.Ordinal)
            select (route.Method, route.Pattern.Replace("{", "some-", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal))];
}
