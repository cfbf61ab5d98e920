using System.Diagnostics;
using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace EventHookDetector.EventHook;

/// <summary>
/// Counts and logs requests that break the rules of HTTP. Kestrel refuses most of them before any of our code runs, and Okta never
/// repeats a 4xx.
/// </summary>
internal sealed partial class UnreadableRequests(DiagnosticListener server, TimeProvider clock, ILogger<UnreadableRequests> logger)
    : IHostedService, IObserver<KeyValuePair<string, object?>>
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private readonly OnceAMinute _lines = new(clock);
    private IDisposable? _subscription;

    /// <summary>Counts a request that broke while our code read its body.</summary>
    public void Count(HttpContext context, int answer)
    {
        context.Features.Set(Counted.Mark);   // the server reports the same fault once more
        Count(answer);
    }

    private void Count(int answer)
    {
        Telemetry.Deliveries.Add(answer);
        if (_lines.Add() is { } count) Log.Refused(logger, count, answer, CauseOf(answer));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Nothing else is listened to: the other events of the server cost every request something.
        _subscription = server.Subscribe(this, name => name == BadRequest);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not IFeatureCollection request || request.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException bad) return;
        if (request.Get<IEndpointFeature>()?.Endpoint is not null || request.Get<Counted>() is not null) return;   // our code has seen it

        // Without a path the request line itself could not be read.
        var path = request.Get<IHttpRequestFeature>()?.Path;
        if (string.IsNullOrEmpty(path) || path.StartsWith(EventHookEndpoints.Path, StringComparison.OrdinalIgnoreCase)) Count(bad.StatusCode);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    // Kestrel's own words repeat what was sent, and that may be the secret.
    private static string CauseOf(int answer) => answer switch
    {
        StatusCodes.Status408RequestTimeout => "it came too slowly",
        StatusCodes.Status413PayloadTooLarge => "it is too long",
        StatusCodes.Status431RequestHeaderFieldsTooLarge => "it has more than 100 headers, or more than 16 KiB of them",
        _ => "its first line, a header or the framing of its body breaks the rules of HTTP",
    };

    private sealed class Counted
    {
        public static readonly Counted Mark = new();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Refused {Count} requests since the last such line, because they could not be read; the last one was answered {Answer}: {Cause}. Okta does not repeat them, so if one was a delivery it is lost. Look at what the proxy in front of the detector adds or changes")]
        public static partial void Refused(ILogger logger, long count, int answer, string cause);
    }
}
