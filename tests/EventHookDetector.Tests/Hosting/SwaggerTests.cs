using System.Net;
using EventHookDetector.Hosting;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.WebUtilities;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class SwaggerTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Every_route_is_described()
    {
        var described = (await SwaggerDocument.OfAsync(_detector)).Operations.Select(operation => operation.ToString());

        // For a program and not for people; what it says is in a format of its own.
        Assert.Equal(Routes.Of(_detector).Where(route => route.Pattern != "/metrics").Select(route => $"{route.Method} {route.Pattern}").Order(), described.Order());
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_a_summary_and_a_group()
    {
        var operations = (await SwaggerDocument.OfAsync(_detector)).Operations;

        Assert.All(operations, operation =>
        {
            Assert.False(string.IsNullOrWhiteSpace(operation.Json["operationId"]?.GetValue<string>()), $"{operation} has no operationId.");
            Assert.False(string.IsNullOrWhiteSpace(operation.Json["summary"]?.GetValue<string>()), $"{operation} has no summary.");
            Assert.Contains(Assert.Single(operation.Json["tags"]!.AsArray())!.GetValue<string>(), Tags.InOrder.Select(tag => tag.Name));
        });
        Assert.Equal(operations.Count, operations.Select(operation => operation.Json["operationId"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task The_groups_stand_in_the_order_in_which_one_needs_them()
    {
        Assert.Equal(Tags.InOrder.Select(tag => tag.Name), (await SwaggerDocument.OfAsync(_detector)).Tags);
    }

    [Fact]
    public async Task Every_answer_but_an_empty_one_has_an_example()
    {
        foreach (var operation in (await SwaggerDocument.OfAsync(_detector)).Operations)
        {
            Assert.NotEmpty(operation.Answers);
            foreach (var (statusCode, _) in operation.Answers.Where(answer => answer.StatusCode != 204))
                Assert.True(operation.Example(statusCode) is not null, $"{operation} has no example of its {statusCode}.");
        }
    }

    [Fact]
    public async Task An_example_of_an_error_is_problem_details_of_that_error()
    {
        foreach (var operation in (await SwaggerDocument.OfAsync(_detector)).Operations)
        {
            foreach (var (statusCode, answer) in operation.Answers.Where(answer => answer.StatusCode >= 400 && answer.Answer["content"]?["application/problem+json"] is not null))
                Assert.Equal(statusCode, answer["content"]!["application/problem+json"]!["example"]!["status"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Every_error_says_what_it_means_and_not_only_its_name()
    {
        foreach (var operation in (await SwaggerDocument.OfAsync(_detector)).Operations)
        {
            foreach (var (statusCode, answer) in operation.Answers.Where(answer => answer.StatusCode >= 400 && answer.Answer["content"]?["application/problem+json"] is not null))
                Assert.NotEqual(ReasonPhrases.GetReasonPhrase(statusCode), answer["description"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_delivery_can_be_tried_with_the_example_as_it_stands()
    {
        var hook = (await SwaggerDocument.OfAsync(_detector)).Find("POST", DetectorApp.HookPath);

        using var response = await _detector.PostAsync(hook.Json["requestBody"]!["content"]!["application/json"]!["example"]!.ToJsonString());

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Single(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task Operators_routes_ask_for_the_operators_key_the_hook_for_its_secret_and_health_for_nothing()
    {
        _detector.Settings["EventHook:Header"] = "X-Okta-Secret";
        var document = await SwaggerDocument.OfAsync(_detector);

        Assert.All(document.Operations, operation => Assert.Equal(
            operation.Path.Split('/')[1] switch { "api" => ["OperatorKey"], "okta" => ["EventHookSecret"], _ => [] },
            operation.Security));
        Assert.Equal("X-Api-Key", document.SecuritySchemes["OperatorKey"]!["name"]!.GetValue<string>());
        Assert.Equal("X-Okta-Secret", document.SecuritySchemes["EventHookSecret"]!["name"]!.GetValue<string>());
        Assert.All(document.SecuritySchemes.AsObject(), scheme =>
        {
            Assert.Equal("apiKey", scheme.Value!["type"]!.GetValue<string>());
            Assert.Equal("header", scheme.Value["in"]!.GetValue<string>());
        });
    }

    [Fact]
    public async Task What_asks_for_a_key_says_what_happens_without_one()
    {
        var guarded = (await SwaggerDocument.OfAsync(_detector)).Operations.Where(operation => operation.Security.Count > 0);

        Assert.All(guarded, operation => Assert.Contains(401, operation.Answers.Select(answer => answer.StatusCode)));
        Assert.All(
            guarded.Where(operation => operation.Method != "GET" && operation.Path.StartsWith("/api/", StringComparison.Ordinal)),
            operation => Assert.Contains(403, operation.Answers.Select(answer => answer.StatusCode)));
    }

    [Fact]
    public async Task The_page_opens_without_a_key()
    {
        using var response = await _detector.Http.GetAsync("/swagger/index.html", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("swagger-ui", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
