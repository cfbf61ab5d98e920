using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Audit;
using EventHookDetector.EventHook;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Retention;
using EventHookDetector.Storage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Exporter;

namespace EventHookDetector.Tests.Support;

/// <summary>
/// The whole detector, in memory but for its database, which is a real one (see <see cref="TestStorage"/>). Time stands still until a test moves
/// it, and notifications go out when a test says so.
/// </summary>
internal sealed class DetectorApp : IAsyncDisposable
{
    public const string Secret = "the-secret-typed-in-at-okta";
    public const string OperatorKey = "the-key-of-an-operator";
    public const string HookPath = "/okta/event-hook";

    private readonly TestStorage _storage;
    private readonly bool _ownsStorage;
    private readonly Lazy<WebApplicationFactory<Program>> _factory;
    private readonly Lazy<HttpClient> _http;

    public DetectorApp()
        : this(TestStorage.Create()) => _ownsStorage = true;

    /// <summary>Another replica on the same database, which is the caller's.</summary>
    public DetectorApp(TestStorage storage)
    {
        _storage = storage;
        _factory = new(() => new WebApplicationFactory<Program>().WithWebHostBuilder(Configure));
        _http = new(() =>
        {
            if (OnKestrel) _factory.Value.UseKestrel(0);
            var client = _factory.Value.CreateClient();

            // The limit is by the real clock, and a busy machine must fail no test that is not about it.
            if (Settings?.ContainsKey("Storage:CommitTimeout") != true) _factory.Value.Services.GetRequiredService<IOptions<StorageOptions>>().Value.CommitTimeout = TimeSpan.FromMinutes(2);
            return client;
        });
        Settings = new(StringComparer.OrdinalIgnoreCase)
        {
            ["EventHook:Secrets:0"] = Secret,
            ["Operators:oncall:Key"] = OperatorKey,
            ["Shutdown:Drain"] = "00:00:00",
        };
        foreach (var (key, value) in storage.Settings) Settings[key] = value;
    }

    public TestStorage Storage => _storage;

    /// <summary>Changed before the first request, or not at all.</summary>
    public Dictionary<string, string?> Settings { get; }

    /// <summary>Listens on a port of its own, with the real server and its limits; set before the first request.</summary>
    public bool OnKestrel { get; set; }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 24, 9, 20, 0, TimeSpan.Zero));

    /// <summary>What tells the detector the time, if it is not <see cref="Clock"/> itself; set before the first request.</summary>
    public TimeProvider? WallClock { get; set; }

    /// <summary>Replaces services; set before the first request.</summary>
    public Action<IServiceCollection>? Replace { get; set; }

    public RecordingLogs Logs { get; } = new();

    public HttpClient Http => _http.Value;

    public IServiceProvider Services
    {
        get
        {
            _ = Http;
            return _factory.Value.Services;
        }
    }

    /// <summary>The far ends by the notifier's name; <see cref="WithNotifier"/> adds one.</summary>
    public Dictionary<string, RecordingNotifier> FarEnds { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A channel that takes everything and writes it down.</summary>
    public RecordingNotifier WithNotifier(string name, double perSecond = 1000)
    {
        Settings[$"Notifiers:{name}:Type"] = "recording";
        Settings[$"Notifiers:{name}:PerSecond"] = perSecond.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return FarEnds[name] = new RecordingNotifier(name);
    }

    public Task<HttpResponseMessage> DeliverAsync(params JsonNode?[] logEvents) => PostAsync(Some.Delivery(logEvents).ToJsonString());

    public Task<HttpResponseMessage> PostAsync(string body, string? contentType = "application/json", string? secret = Secret) =>
        PostAsync(Encoding.UTF8.GetBytes(body), contentType, secret);

    public async Task<HttpResponseMessage> PostAsync(byte[] body, string? contentType = "application/json", string? secret = Secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, HookPath) { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (secret is not null) request.Headers.TryAddWithoutValidation("Authorization", secret);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Asks as an operator.</summary>
    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string? key = OperatorKey, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method != HttpMethod.Get && body is not null) request.Content = JsonContent.Create(body);
        if (key is not null) request.Headers.Add("X-Api-Key", key);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);   // a stream has no end
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using var response = await AskAsync(HttpMethod.Get, path);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    public async Task<JsonNode> PostAsOperatorAsync(string path, JsonNode? body = null)
    {
        using var response = await AskAsync(HttpMethod.Post, path, body: body);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    public async Task<IReadOnlyList<JsonNode>> AlertsAsync(string filter = "") =>
        [.. (await GetAsync($"/api/alerts?limit=200{filter}"))["items"]!.AsArray().Select(alert => alert!)];

    public async Task<IReadOnlyList<JsonNode>> QuarantineAsync() =>
        [.. (await GetAsync("/api/quarantine"))["items"]!.AsArray().Select(item => item!)];

    /// <summary>Closes the windows that are over, and sends all that may be sent at this moment.</summary>
    public async Task DispatchNotificationsAsync()
    {
        await Services.GetRequiredService<OwedNotices>().AddToOutboxAsync(TestContext.Current.CancellationToken);
        await Services.GetRequiredService<OutboxWorker>().DispatchDueAsync();
    }

    /// <summary>Lets go of what is old.</summary>
    /// <param name="rounds">Of those things of which only a slice goes in each round, <see cref="RetentionSteps.Slices"/> are all.</param>
    /// <param name="between">Done after each batch.</param>
    public async Task LetGoAsync(int rounds = 1, Func<Task>? between = null)
    {
        var steps = Services.GetRequiredService<RetentionSteps>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var step in steps.Of(round))
            {
                await foreach (var _ in step.Batches) await (between?.Invoke() ?? Task.CompletedTask);
            }
        }
    }

    /// <summary>What is at /metrics, after a look at what only the database knows.</summary>
    public async Task<ServedMetrics> MetricsAsync()
    {
        await Services.GetRequiredService<GaugeReader>().ReadAsync(TestContext.Current.CancellationToken);
        return await ServedMetrics.OfAsync(Http);
    }

    /// <summary>Hangs everything that was written down into the chain of the audit.</summary>
    public async Task SealAuditAsync()
    {
        while (await Services.GetRequiredService<AuditSealer>().SealAsync(TestContext.Current.CancellationToken) > 0)
        {
            // Until nothing waits.
        }
    }

    /// <summary>Writes to the database as the detector does.</summary>
    public Task<T> WriteAsync<T>(Func<DetectorTransaction, Task<T>> work) =>
        Services.GetRequiredService<SharedCommit>().RunAsync(work, TestContext.Current.CancellationToken);

    /// <summary>As SIGTERM does; what is under way may end.</summary>
    public Task StopAsync() => Services.GetRequiredService<IHost>().StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
        if (_factory.IsValueCreated) await _factory.Value.DisposeAsync();
        if (_ownsStorage) _storage.Dispose();
    }

    private void Configure(IWebHostBuilder host)
    {
        host.UseEnvironment("Testing");
        if (OnKestrel) host.UseUrls("http://127.0.0.1:0");   // the factory says so too, but may be too late
        foreach (var (key, value) in Settings) host.UseSetting(key, value);

        host.ConfigureLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(Logs));
        host.ConfigureTestServices(services =>
        {
            services.AddSingleton(WallClock ?? Clock);
            services.PostConfigure<PrometheusAspNetCoreOptions>(prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0);
            services.AddSingleton(NotifierType.Of<RecordingNotifier.RecordingOptions, RecordingNotifier.RecordingOptions.Validator>(
                "recording", (name, options, _) => FarEnds[name].With(options)));

            Replace?.Invoke(services);

            // The tests send, let go, and read what is to be shown, by hand.
            foreach (var service in services.Where(IsABackgroundSender).ToArray()) services.Remove(service);
        });
    }

    private static bool IsABackgroundSender(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService)
        && service.ImplementationFactory?.Method.ReturnType is { } type
        && (type == typeof(OutboxWorker) || type == typeof(OwedNotices) || type == typeof(RetentionWorker) || type == typeof(GaugeReader)
            || type == typeof(AuditSealer) || type == typeof(HookActivityWriter));
}
