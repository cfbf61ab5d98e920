using System.Data.Common;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Timeouts;

namespace EventHookDetector.Hosting;

/// <summary>
/// Keeps what is not a delivery from holding up deliveries: each kind of request has a limit of its own, so that no flood of one kind
/// shuts out another. The hook and liveness end at routing and never come here.
/// </summary>
internal sealed class RequestLimits : IDisposable
{
    // SQLite reads block their thread. Four of them beside the deliveries still leave these half of two cores; a list takes some 50 ms.
    private const int Reads = 4;

    // Previews, backtests, exports and erasing go through all that is stored.
    private const int LongReads = 2;

    private const int Open = 2;

    private readonly OwnThreads _readThreads = new("operators", Reads);
    private readonly OwnThreads _longReadThreads = new("long reads", LongReads);
    private readonly OwnThreads _openThreads = new("open", Open);

    private readonly RequestLimit _reads;
    private readonly RequestLimit _longReads;
    private readonly RequestLimit _readiness;
    private readonly RequestLimit _metrics;
    private readonly RequestLimit _pages;
    private readonly RequestLimit _keys;
    private readonly RequestLimit _tokens;

    public RequestLimits()
    {
        _reads = new("reads", Reads, queued: 64, _readThreads);
        _longReads = new("longReads", LongReads, queued: 8, _longReadThreads);

        // A load balancer that is refused takes the detector for unready. An answer takes no time of a processor worth mentioning.
        _readiness = new("readiness", atOnce: 64, queued: 2000, threads: null);

        _metrics = new("metrics", atOnce: 4, queued: 100, _openThreads);

        // A browser that loads slowly holds a place and no thread.
        _pages = new("pages", atOnce: 64, queued: 200, _openThreads);

        // Keys and tokens have a limit each: a provider that does not answer must not shut out operators with a key.
        _keys = new("keys", atOnce: 32, queued: 500, _openThreads);
        _tokens = new("tokens", atOnce: 32, queued: 500, _openThreads);
    }

    /// <summary>Limits requests before anything is known of who sends them.</summary>
    public Task AdmitAsync(HttpContext context, RequestDelegate next) => LimitOf(context).RunAsync(context, next);

    /// <summary>Limits the requests of operators, once they are known.</summary>
    public async Task AdmitOperatorAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata || metadata.GetMetadata<IAuthorizeData>() is null)
        {
            await next(context);
            return;
        }

        try
        {
            await (metadata.GetMetadata<LongRead>() is null ? _reads : _longReads).RunAsync(context, next);
        }
        catch (DbException fault) when (context.RequestAborted.IsCancellationRequested)
        {
            throw new OperationCanceledException("The read was interrupted.", fault, context.RequestAborted);
        }
    }

    public void Dispose()
    {
        foreach (var limit in (RequestLimit[])[_reads, _longReads, _readiness, _metrics, _pages, _keys, _tokens]) limit.Dispose();
        foreach (var threads in (OwnThreads[])[_readThreads, _longReadThreads, _openThreads]) threads.Dispose();
    }

    private RequestLimit LimitOf(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase)) return _readiness;
        if (path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase)) return _metrics;
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is null) return _pages;
        return context.Request.Headers.ContainsKey(OperatorPolicies.KeyHeader) ? _keys : _tokens;
    }

    /// <summary>Marks a route that reads much of what is stored.</summary>
    internal sealed record LongRead;
}

internal static class RequestLimitsRegistration
{
    /// <summary>Reads of operators end after this time: their client has lost patience, and the processor is needed elsewhere.</summary>
    public static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(15);

    public static IServiceCollection AddRequestLimits(this IServiceCollection services) => services
        .AddSingleton<RequestLimits>()
        .AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = TimeoutAfter(LongestRead));

    /// <summary>For routes that read much of what is stored: fewer run at the same time, and each may take longer.</summary>
    /// <param name="route">The route.</param>
    /// <param name="longest">The time after which a request is ended.</param>
    public static RouteHandlerBuilder ReadsMuch(this RouteHandlerBuilder route, TimeSpan longest) =>
        route.WithMetadata(new RequestLimits.LongRead(), TimeoutAfter(longest));

    /// <summary>For an answer that has no end: it takes no place among the reads.</summary>
    public static void LeaveLimits(this HttpContext context) => context.Features.Get<RateLimitLease>()?.Dispose();

    private static RequestTimeoutPolicy TimeoutAfter(TimeSpan time) => new()
    {
        Timeout = time,
        TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        WriteTimeoutResponse = context =>
        {
            context.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem(
                $"The request took longer than {time.TotalSeconds} s and was ended, so that it does not hold up deliveries. Ask for less at once: "
                + "a narrower filter, a smaller limit, fewer days. If even little takes so long, the database is too slow: look at its disk.",
                statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
        },
    };
}
