using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>Deliveries come first: floods of other requests neither lose one nor hold one up.</summary>
[Collection(nameof(Alone))]   // It compares with the three seconds that Okta waits.
public sealed class FloodTests : IAsyncLifetime
{
    private const int Stored = 4_000;
    private const int InOneDelivery = 100;

    // Ends only what never comes.
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly DetectorProcess _detector = new DetectorProcess().WithSecretAndKey();
    private readonly HttpClient _flood = new(new SocketsHttpHandler { UseProxy = false });

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(3));
        _flood.BaseAddress = await _detector.ListenAsync();
    }

    [Fact]
    public Task A_flood_of_requests_for_the_OpenAPI_document() =>
        AssertDeliveriesComeFirstAsync(() => FloodAsync(300, _ => new(HttpMethod.Get, "/swagger/v1/swagger.json")));

    [Fact]
    public Task A_flood_of_requests_for_readiness_and_metrics() =>
        AssertDeliveriesComeFirstAsync(() => FloodAsync(600, n => new(HttpMethod.Get, n % 2 == 0 ? "/health/ready" : "/metrics")));

    [Fact]
    public Task A_flood_of_requests_for_pages() =>
        AssertDeliveriesComeFirstAsync(() => FloodAsync(600, n => new(HttpMethod.Get, n % 2 == 0 ? "/swagger/swagger-ui-bundle.js" : "/")));

    [Fact]
    public Task A_flood_of_keys_that_are_unknown() =>
        AssertDeliveriesComeFirstAsync(() => FloodAsync(600, _ => AsOperator(HttpMethod.Get, "/api/alerts", key: "a-key-that-is-unknown")));

    [Fact]
    public async Task A_flood_of_lists()
    {
        await StoreAsync();

        await AssertDeliveriesComeFirstAsync(() => FloodAsync(256, _ => AsOperator(HttpMethod.Get, "/api/alerts?limit=200")));
    }

    [Fact]
    public async Task A_flood_of_previews()
    {
        await StoreAsync();

        await AssertDeliveriesComeFirstAsync(() => FloodAsync(96, _ => AsOperator(
            HttpMethod.Post, "/api/exceptions/preview", JsonNode.Parse("""{"condition":{"actor":"none@example.com","ipRange":"203.0.113.0/24"},"days":90}"""))));
    }

    [Fact]
    public async Task A_flood_of_look_ups_exports_and_explanations()
    {
        await StoreAsync();

        await AssertDeliveriesComeFirstAsync(() => FloodAsync(256, n => (n % 4) switch
        {
            0 => AsOperator(HttpMethod.Get, "/api/audit/export"),
            1 => AsOperator(HttpMethod.Get, "/api/overview"),
            2 => AsOperator(HttpMethod.Get, $"/api/log-events/{Some.Uuid()}"),
            _ => AsOperator(HttpMethod.Delete, "/api/people/none@example.com"),
        }));
    }

    public async ValueTask DisposeAsync()
    {
        _flood.Dispose();
        await _detector.DisposeAsync();
        _patience.Dispose();
    }

    private async Task AssertDeliveriesComeFirstAsync(Func<Task<IReadOnlyList<HttpStatusCode>>> flood)
    {
        await using var deliveries = new SteadyDeliveries(_detector, _patience.Token);

        var answers = await flood();

        await deliveries.StopAsync();
        deliveries.AssertAllAnsweredInTime();
        Assert.DoesNotContain(HttpStatusCode.InternalServerError, answers);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", answers.CountBy(answer => answer)));
        Assert.Empty(deliveries.Uuids.Except(await _detector.AlertsAsync()));
    }

    private async Task<IReadOnlyList<HttpStatusCode>> FloodAsync(int count, Func<int, HttpRequestMessage> ask) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(async n =>
        {
            using var request = ask(n);
            using var response = await _flood.SendAsync(request, _patience.Token);
            return response.StatusCode;
        }));

    private static HttpRequestMessage AsOperator(HttpMethod method, string path, JsonNode? body = null, string key = DetectorApp.OperatorKey) => new(method, path)
    {
        Headers = { { "X-Api-Key", key } },
        Content = body is null ? null : JsonContent.Create(body),
    };

    private async Task StoreAsync()
    {
        for (var n = 0; n < Stored / InOneDelivery; n++)
        {
            using var response = await _detector.DeliverAsync(Some.Delivery([.. Enumerable.Range(0, InOneDelivery).Select(_ => Some.FactorReset())]));
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }
    }
}
