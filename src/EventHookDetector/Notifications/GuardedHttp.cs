using System.Net.Http.Headers;

namespace EventHookDetector.Notifications;

/// <summary>The HTTP clients of the notifiers: guarded, without redirects, and silent, for a channel's URL can be a credential.</summary>
internal static class GuardedHttp
{
    public static IServiceCollection AddGuardedHttp(this IServiceCollection services)
    {
        // Two, and not one that decides each time: a connection opened to an inner address is never reused by a notifier
        // that may not go there.
        foreach (var allowPrivateAddresses in (bool[])[false, true])
        {
            services.AddHttpClient(NameOf(allowPrivateAddresses), http =>
                {
                    // The token ends an attempt, and nothing else does.
                    http.Timeout = Timeout.InfiniteTimeSpan;
                    http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("EventHookDetector", null));
                })
                .ConfigurePrimaryHttpMessageHandler(() => CreateHandler(allowPrivateAddresses))
                // Its connections are renewed instead, so that a changed DNS record is noticed.
                .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
                // The factory's loggers print the URL.
                .RemoveAllLoggers();
        }

        return services;
    }

    public static HttpClient CreateGuarded(this IHttpClientFactory factory, NotifierOptions options) =>
        factory.CreateClient(NameOf(options.AllowPrivateAddresses));

    private static SocketsHttpHandler CreateHandler(bool allowPrivateAddresses) => new()
    {
        ConnectCallback = async (context, cancellationToken) => await GuardedConnection.OpenAsync(
            context.DnsEndPoint.Host, context.DnsEndPoint.Port, allowPrivateAddresses, cancellationToken),
        AllowAutoRedirect = false,
        // A proxy would resolve the name itself, past the guard.
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(8),
        PooledConnectionLifetime = TimeSpan.FromMinutes(3),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        MaxResponseDrainSize = HttpAnswer.MostBytes,
        // Without it there is neither a header nor a span, and the span would hold the URL.
        ActivityHeadersPropagator = null,
    };

    private static string NameOf(bool allowPrivateAddresses) => allowPrivateAddresses ? "notifiers inside" : "notifiers";
}
