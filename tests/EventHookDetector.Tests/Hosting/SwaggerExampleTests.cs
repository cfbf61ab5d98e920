using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

/// <summary>An example that differs from the answer is a lie that people write programs after.</summary>
[Trait("Engine", "Any")]
public sealed class SwaggerExampleTests : IAsyncDisposable
{
    private static readonly string[] OfAnyShape = [".raw", ".ecs", ".details"];

    // A verdict is nobody's default.
    private const string ToChoose = "/api/alerts/{id}/close";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Every_example_of_reading_has_the_shape_of_the_answer()
    {
        await FillAsync();
        var reading = (await SwaggerDocument.OfAsync(_detector)).Operations.Where(operation => operation is { Method: "GET", Path: not DetectorApp.HookPath and not "/api/overview/stream" });

        foreach (var operation in reading)
            AssertSameShape(operation.Example(200), await ReadAsync(await FillInAsync(operation.Path)), operation.ToString());
    }

    [Theory]
    [InlineData("/api/alerts/{id}/close", """{"verdict":"falsePositive"}""")]
    [InlineData("/api/notifiers/{name}/test")]
    [InlineData("/api/notifications/{id}/retry")]
    [InlineData("/api/quarantine/{id}/replay")]
    public async Task Every_example_of_acting_has_the_shape_of_the_answer(string path, string? body = null)
    {
        await FillAsync();
        var operation = (await SwaggerDocument.OfAsync(_detector)).Find("POST", path);

        AssertSameShape(operation.Example(200), await _detector.PostAsOperatorAsync(await FillInAsync(path), body is null ? null : JsonNode.Parse(body)), path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task Every_example_of_a_request_is_taken_as_it_stands_on_any_day(int daysLater)
    {
        _detector.Clock.Advance(TimeSpan.FromDays(daysLater));
        Assert.Equal(Enumerable.Repeat(HttpStatusCode.NoContent, 2), [await DeliverTheExampleAsync(), await DeliverTheExampleAsync()]);
        Assert.Equal(2, (await _detector.GetAsync("/api/alerts"))["items"]!.AsArray().Count);   // two resets, not one and a duplicate

        foreach (var operation in (await SwaggerDocument.OfAsync(_detector)).Operations.Where(operation => operation is { RequestExample: not null, Path: not (DetectorApp.HookPath or ToChoose) }))
        {
            using var answer = await _detector.AskAsync(new HttpMethod(operation.Method), await FillInAsync(operation.Path), body: operation.RequestExample);
            Assert.True(answer.IsSuccessStatusCode, $"{operation}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }
    }

    [Fact]
    public async Task A_verdict_is_to_be_chosen_before_the_example_closes_anything()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        var close = (await SwaggerDocument.OfAsync(_detector)).Find("POST", ToChoose);

        using var answer = await _detector.AskAsync(HttpMethod.Post, await FillInAsync(ToChoose), body: close.RequestExample);

        Assert.Contains("truePositive, falsePositive, benign", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_of_the_verification_has_the_shape_of_the_answer()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, DetectorApp.HookPath);
        request.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
        request.Headers.Add("X-Okta-Verification-Challenge", "a-challenge");
        using var response = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);

        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        AssertSameShape((await SwaggerDocument.OfAsync(_detector)).Find("GET", DetectorApp.HookPath).Example(200), answer, "verification");
    }

    [Fact]
    public async Task The_example_of_not_being_ready_has_the_shape_of_being_ready()
    {
        var ready = (await SwaggerDocument.OfAsync(_detector)).Find("GET", "/health/ready");

        Assert.Equal("notReady", ready.Example(503)!["status"]!.GetValue<string>());
        AssertSameShape(ready.Example(503), ready.Example(200), "503");
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<HttpStatusCode> DeliverTheExampleAsync()
    {
        using var answer = await _detector.PostAsync((await SwaggerDocument.OfAsync(_detector)).Find("POST", DetectorApp.HookPath).RequestExample!.ToJsonString());
        _detector.Clock.Advance(TimeSpan.FromMinutes(10));
        return answer.StatusCode;
    }

    /// <summary>Something of everything: alerts told, refused and withheld, a window with a digest, and items of the quarantine.</summary>
    private async Task FillAsync()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        _detector.WithNotifier("secops").Answer = () => new NotificationResult.GiveUp("500: out of order");
        await _detector.PostAsync(Some.Sample("reset-all"));
        await _detector.DeliverAsync(Some.FactorReset());
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DispatchNotificationsAsync();
        await _detector.ExceptAsync(new JsonObject { ["actor"] = "nobody@example.com" });
        using var refused = await _detector.PostAsync($$"""{"data":{"events":[{{Some.FactorReset()}},""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await _detector.SealAuditAsync();
    }

    /// <summary>The answer; of JSON lines the first, for all are alike.</summary>
    private async Task<JsonNode?> ReadAsync(string path)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return JsonNode.Parse(response.Content.Headers.ContentType?.MediaType == "application/x-ndjson" ? text.Split('\n')[0] : text);
    }

    /// <summary>Puts the first item of the list into the place of the parameter.</summary>
    private async Task<string> FillInAsync(string path)
    {
        if (path.Split('{', '}') is not [var list, var name, var rest]) return path;

        // A log event has no list of its own; each is found through its alert.
        if (list == "/api/log-events/") list = "/api/alerts/";
        var first = (await _detector.GetAsync(list.TrimEnd('/')))["items"]!.AsArray()[0]!;
        return $"{path[..path.IndexOf('{', StringComparison.Ordinal)]}{first[name]}{rest}";
    }

    private static void AssertSameShape(JsonNode? example, JsonNode? answer, string at)
    {
        // What may be missing is null in one of the two; a log event has Okta's shape or Elastic's, not ours, and each act has details of its own.
        if (example is null || answer is null || OfAnyShape.Any(name => at.EndsWith(name, StringComparison.Ordinal))) return;

        Assert.True(KindOf(example) == KindOf(answer), $"{at}: {example.ToJsonString()} is not like {answer.ToJsonString()}.");
        if (example is JsonObject documented && answer is JsonObject real)
        {
            Assert.True(
                documented.Select(property => property.Key).Order().SequenceEqual(real.Select(property => property.Key).Order()),
                $"{at}: documented are {string.Join(", ", documented.Select(p => p.Key))}; answered are {string.Join(", ", real.Select(p => p.Key))}.");
            foreach (var (name, value) in documented) AssertSameShape(value, real[name], $"{at}.{name}");
        }
        else if (example is JsonArray { Count: > 0 } examples && answer is JsonArray { Count: > 0 } answers)
        {
            AssertSameShape(examples[0], answers[0], $"{at}[0]");
        }
    }

    private static JsonValueKind KindOf(JsonNode node) => node.GetValueKind() is JsonValueKind.False ? JsonValueKind.True : node.GetValueKind();
}
