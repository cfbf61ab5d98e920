using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class AlertLifeTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task Acknowledging_says_who_and_when()
    {
        var id = await SomeAlertAsync();
        _detector.Clock.Advance(TimeSpan.FromMinutes(2));

        var alert = await _detector.PostAsOperatorAsync($"/api/alerts/{id}/acknowledge");

        Assert.Equal("acknowledged", alert["status"]!.GetValue<string>());
        Assert.Contains(Timeline(alert), entry => entry is "2026-11-24T09:22:00Z Acknowledged by oncall.");
    }

    [Fact]
    public async Task Of_several_who_acknowledge_at_once_one_wins()
    {
        var id = await SomeAlertAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{id}/acknowledge")));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(4, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Closing_takes_a_verdict_and_a_note_and_happens_once()
    {
        var id = await SomeAlertAsync();
        var close = new JsonObject { ["verdict"] = "benign", ["note"] = "Lost phone, HD-4711." };

        var alert = await _detector.PostAsOperatorAsync($"/api/alerts/{id}/close", close);
        using var again = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{id}/close", body: close);

        Assert.Equal("closed", alert["status"]!.GetValue<string>());
        Assert.Equal("benign", alert["verdict"]!.GetValue<string>());
        Assert.Contains(Timeline(alert), entry => entry.EndsWith("Closed by oncall as benign. Lost phone, HD-4711.", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Single(await _detector.AlertsAsync("&status=closed"));
    }

    [Fact]
    public async Task Notes_are_kept_in_order()
    {
        var id = await SomeAlertAsync();

        await _detector.PostAsOperatorAsync($"/api/alerts/{id}/notes", new JsonObject { ["note"] = "First." });
        var alert = await _detector.PostAsOperatorAsync($"/api/alerts/{id}/notes", new JsonObject { ["note"] = "Second." });

        Assert.Equal(["Note by oncall. First.", "Note by oncall. Second."], Timeline(alert).Select(entry => entry[21..]).Where(entry => entry.StartsWith("Note", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("close", """{"verdict":"whatever"}""")]
    [InlineData("close", "{}")]
    [InlineData("close", """{"verdict":5}""")]
    [InlineData("close", "null")]
    [InlineData("notes", """{"note":"  "}""")]
    [InlineData("notes", "[]")]
    public async Task A_request_that_makes_no_sense_is_answered_400(string step, string body)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{await SomeAlertAsync()}/{step}", body: JsonNode.Parse(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("acknowledge", null)]
    [InlineData("close", """{"verdict":"benign"}""")]
    [InlineData("notes", """{"note":"Hello."}""")]
    public async Task An_alert_that_does_not_exist_is_404(string step, string? body)
    {
        using var answer = await _detector.AskAsync(
            HttpMethod.Post, $"/api/alerts/{Guid.Empty}/{step}", body: body is null ? null : JsonNode.Parse(body));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static IEnumerable<string> Timeline(JsonNode alert) =>
        alert["timeline"]!.AsArray().Select(entry => $"{entry!["at"]!.GetValue<string>()} {entry["what"]!.GetValue<string>()}");

    private async Task<string> SomeAlertAsync()
    {
        await _detector.DeliverAsync(Some.FactorReset());
        return (await _detector.AlertsAsync())[0]["id"]!.GetValue<string>();
    }
}
