using System.Text;
using System.Threading.RateLimiting;

namespace EventHookDetector.Hosting;

/// <summary>Limits how many requests of one kind run and wait at the same time, and on which threads they run.</summary>
/// <param name="kind">The word for it in the metrics.</param>
/// <param name="atOnce">How many run at the same time.</param>
/// <param name="queued">How many more wait. Any further request is refused.</param>
/// <param name="threads">Threads that may be blocked; null for the thread pool.</param>
internal sealed class RequestLimit(string kind, int atOnce, int queued, OwnThreads? threads) : IDisposable
{
    private static readonly byte[] TooMany = Encoding.UTF8.GetBytes(
        """
        {"type":"https://tools.ietf.org/html/rfc6585#section-4","title":"Too Many Requests","status":429,"detail":"The detector answers as many requests of this kind as it can without holding up deliveries. Wait as many seconds as Retry-After says, then send fewer requests at the same time."}
        """);

    private readonly ConcurrencyLimiter _places = new(
        new() { PermitLimit = atOnce, QueueLimit = queued, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        context.Features.Get<RateLimitLease>()?.Dispose();   // the place of an earlier limit
        using var place = await _places.AcquireAsync(permitCount: 1, context.RequestAborted);
        if (!place.IsAcquired)
        {
            Telemetry.RefusedRequests.Add(kind);
            await RefuseAsync(context);
            return;
        }

        context.Features.Set(place);
        if (threads is null) await RunOnPoolAsync(context, next);
        else await threads.RunAsync(() => next(context));
    }

    public void Dispose() => _places.Dispose();

    /// <summary>Answers with bytes that are made once: a flood must not cost as much as it asks for.</summary>
    public static async Task RefuseAsync(HttpContext context, byte[] problem, string retryAfter)
    {
        context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = problem.Length;
        context.Response.Headers.RetryAfter = retryAfter;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.Body.WriteAsync(problem, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context) => RefuseAsync(context, TooMany, retryAfter: "1");

    // On SQLite a request begins on the thread that waits for the sockets.
    private static async Task RunOnPoolAsync(HttpContext context, RequestDelegate next)
    {
        await Task.Yield();
        await next(context);
    }
}
