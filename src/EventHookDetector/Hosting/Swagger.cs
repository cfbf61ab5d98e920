using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace EventHookDetector.Hosting;

/// <summary>Swagger UI is how operators work, so it explains itself.</summary>
internal static class Swagger
{
    // What it needs and no more: its pictures are inside its style sheet, it makes a few styles as it goes (which can load nothing,
    // for that is refused), and all it talks to is this detector, and who signs people in.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'";

    // What a type says of its properties is told there too.
    private static string XmlDocumentation => Path.Combine(AppContext.BaseDirectory, $"{typeof(Swagger).Assembly.GetName().Name}.xml");

    public static IServiceCollection AddSwagger(this IServiceCollection services) => services
        .AddSingleton<SwaggerEndpoint>()
        .AddEndpointsApiExplorer()
        .AddTransient<ISerializerDataContractResolver>(_ => new JsonSerializerDataContractResolver(ApiJson.Options))
        .AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "EventHookDetector",
                Version = "v1",
                Description = SwaggerLanding.Text,
                Contact = new OpenApiContact { Name = "Whoever runs this detector" },
            });
            swagger.AddServer(new OpenApiServer { Url = "/", Description = "The detector that you are looking at" });
            swagger.SupportNonNullableReferenceTypes();
            swagger.NonNullableReferenceTypesAsRequired();
            if (File.Exists(XmlDocumentation)) swagger.IncludeXmlComments(XmlDocumentation);
            swagger.OrderActionsBy(route => route.RelativePath);
            swagger.OperationFilter<SwaggerOperations>();
            swagger.SchemaFilter<SwaggerSchemas>();
            swagger.DocumentFilter<SwaggerTags>();
        });

    /// <summary>Gives Authorize a field for what a scheme wants to see in a header.</summary>
    public static void AddHeaderSecret(this SwaggerGenOptions swagger, string scheme, string header, string description) =>
        swagger.AddSecurityDefinition(scheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = header,
            Description = description,
        });

    public static void UseSwaggerPages(this WebApplication app)
    {
        var provider = Uri.TryCreate(app.Configuration["Oidc:Authority"], UriKind.Absolute, out var authority) ? authority.GetLeftPart(UriPartial.Authority) : "";
        var policy = $"{Policy} {provider}".TrimEnd();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/swagger", StringComparison.OrdinalIgnoreCase), pages => pages.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = policy;
            return next(context);
        }));
        var document = app.Services.GetRequiredService<SwaggerEndpoint>();
        app.MapWhen(SwaggerEndpoint.IsAskedFor, branch => branch.Run(document.AnswerAsync));
        app.UseSwaggerUI(ui =>
        {
            ui.SwaggerEndpoint(SwaggerEndpoint.Path, "EventHookDetector v1");
            ui.DocumentTitle = "EventHookDetector";
            ui.DisplayRequestDuration();
            ui.EnableDeepLinking();   // the landing text leads to the groups
            ui.InjectStylesheet("ours.css");
            ui.InjectJavascript("ours.js", "module");
            ui.EnablePersistAuthorization();
            ui.DefaultModelsExpandDepth(-1);
        });
    }

    public static RouteHandlerBuilder WithRequestExample(this RouteHandlerBuilder route, string json) => route.WithMetadata(new RequestExample(json));

    public static RouteHandlerBuilder WithResponseExample(this RouteHandlerBuilder route, int statusCode, string json) =>
        route.Produces(statusCode, contentType: "application/json").WithMetadata(new ResponseExample(statusCode, json));

    /// <summary>With the type of the answer too, so that each of its properties is described.</summary>
    public static RouteHandlerBuilder WithResponseExample<T>(this RouteHandlerBuilder route, int statusCode, string json) =>
        route.Produces<T>(statusCode, "application/json").WithMetadata(new ResponseExample(statusCode, json));

    /// <summary>For server-sent events, which are text.</summary>
    public static RouteHandlerBuilder WithStreamExample(this RouteHandlerBuilder route, string text) =>
        route.Produces<string>(StatusCodes.Status200OK, "text/event-stream").WithMetadata(new StreamExample(text));

    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statusCodes)
    {
        foreach (var statusCode in statusCodes) route.ProducesProblem(statusCode);
        return route;
    }

    /// <summary>Spells out the words that a parameter takes.</summary>
    public static RouteHandlerBuilder WithWords(this RouteHandlerBuilder route, string parameter, IEnumerable<string> words) =>
        route.WithMetadata(new Words(parameter, [.. words]));

    /// <summary>Says what a parameter means.</summary>
    public static RouteHandlerBuilder WithParameter(this RouteHandlerBuilder route, string name, string meaning) => route.WithMetadata(new Parameter(name, meaning));

    /// <summary>What a route wants to see that asks for it without the framework's help.</summary>
    internal sealed record Scheme(string Name);

    /// <summary>What a parameter means.</summary>
    internal sealed record Parameter(string Name, string Meaning);

    /// <summary>The words that a parameter takes.</summary>
    internal sealed record Words(string Parameter, IReadOnlyList<string> All);

    /// <summary>What a request may look like.</summary>
    internal sealed record RequestExample(string Json);

    /// <summary>What an answer may look like.</summary>
    internal sealed record ResponseExample(int StatusCode, string Json);

    /// <summary>What a stream may look like.</summary>
    internal sealed record StreamExample(string Text);

    /// <summary>Puts the groups into the order in which one needs them, and says what each is for.</summary>
    private sealed class SwaggerTags : IDocumentFilter
    {
        public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) =>
            swaggerDoc.Tags = Tags.InOrder.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
    }
}
