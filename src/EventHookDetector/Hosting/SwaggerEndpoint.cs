using System.Globalization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace EventHookDetector.Hosting;

/// <summary>
/// Serves the OpenAPI document from memory. It is made once, on a thread of its own: for each request it would cost a fifth of a second of
/// processor time, and anyone may ask for it.
/// </summary>
internal sealed class SwaggerEndpoint(IServiceProvider services, TimeProvider clock)
{
    public const string Path = "/swagger/v1/swagger.json";

    private readonly Lock _lock = new();
    private Task<SwaggerTimes>? _document;

    public static bool IsAskedFor(HttpContext context) => HttpMethods.IsGet(context.Request.Method) && context.Request.Path == Path;

    public async Task AnswerAsync(HttpContext context)
    {
        var document = await MakeOnce();
        context.Response.ContentType = "application/json;charset=utf-8";
        document.WriteTo(context.Response.BodyWriter, clock.GetUtcNow());
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private Task<SwaggerTimes> MakeOnce()
    {
        lock (_lock)
        {
            return _document is { IsFaulted: false } made
                ? made
                : _document = Task.Factory.StartNew(Make, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    private SwaggerTimes Make()
    {
        using var scope = services.CreateScope();
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        scope.ServiceProvider.GetRequiredService<ISwaggerProvider>().GetSwagger("v1").SerializeAsV3(new OpenApiJsonWriter(text));
        return new(text.ToString());
    }
}
