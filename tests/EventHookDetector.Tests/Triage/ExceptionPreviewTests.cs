using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

public sealed class ExceptionPreviewTests : IAsyncDisposable
{
    private const string Path = "/api/exceptions/preview";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_preview_shows_what_would_have_been_covered_and_changes_nothing()
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com", uuid: "5b8b7c60-eve"), Some.FactorReset());

        var preview = await PreviewAsync(new JsonObject { ["condition"] = new JsonObject { ["actor"] = "eve@example.com" } });

        Assert.Equal((2, 1), (preview["examined"]!.GetValue<int>(), preview["covered"]!.GetValue<int>()));
        var covered = Assert.Single(preview["items"]!.AsArray())!;
        Assert.Equal("5b8b7c60-eve", covered["uuid"]!.GetValue<string>());
        Assert.Equal("eve@example.com", covered["actor"]!.GetValue<string>());
        Assert.Equal("ada@example.com", covered["target"]!.GetValue<string>());
        Assert.Equal("2026-11-24T09:19:57.417Z", covered["published"]!.GetValue<string>());
        Assert.Empty((await _detector.GetAsync("/api/exceptions"))["items"]!.AsArray());
    }

    [Fact]
    public async Task It_looks_back_as_many_days_as_it_is_told()
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));
        _detector.Clock.Advance(TimeSpan.FromDays(8));
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"));
        var condition = JsonValue.Create("okta.actor.alternate_id:\"eve@example.com\"");

        var week = await PreviewAsync(new JsonObject { ["condition"] = condition.DeepClone() });
        var longer = await PreviewAsync(new JsonObject { ["condition"] = condition.DeepClone(), ["days"] = 9 });

        Assert.Equal(1, week["covered"]!.GetValue<int>());
        Assert.Equal(2, longer["covered"]!.GetValue<int>());
    }

    [Fact]
    public async Task It_counts_them_all_and_shows_the_newest_fifty()
    {
        await _detector.DeliverAsync([.. Enumerable.Range(0, 60).Select(_ => Some.FactorReset(actor: "eve@example.com"))]);

        var preview = await PreviewAsync(new JsonObject { ["condition"] = new JsonObject { ["actor"] = "eve@example.com" } });

        Assert.Equal(60, preview["covered"]!.GetValue<int>());
        Assert.Equal(50, preview["items"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public async Task A_log_event_of_another_age_does_not_keep_a_recurring_window_from_being_tried(string published)
    {
        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com").At(published), Some.FactorReset(actor: "eve@example.com"));

        var preview = await PreviewAsync(new JsonObject
        {
            ["condition"] = new JsonObject { ["actor"] = "eve@example.com" },
            ["recurrence"] = new JsonObject { ["cron"] = "0 9 * * *", ["duration"] = "08:00:00", ["timeZone"] = "Etc/UTC" },
        });

        Assert.Equal((2, 1), (preview["examined"]!.GetValue<int>(), preview["covered"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("""{"condition":"okta.actor.id:eve","days":0}""", "days must be")]
    [InlineData("""{"condition":"okta.actor.id:eve","days":91}""", "days must be")]
    [InlineData("""{"condition":"okta.actor.id:("}""", "Line 1, column")]
    [InlineData("""{}""", "condition must be")]
    public async Task A_preview_of_nonsense_is_refused_with_what_would_make_sense(string body, string says)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, Path, body: JsonNode.Parse(body));

        Assert.Contains(says, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private Task<JsonNode> PreviewAsync(JsonObject body) => _detector.PostAsOperatorAsync(Path, body);
}
