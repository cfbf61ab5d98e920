using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection;

public sealed class ExpectedResetTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task An_announced_reset_is_recorded_with_its_ticket_and_wakes_nobody()
    {
        var channel = _detector.WithNotifier("secops");
        var announced = await AnnounceAsync("ada@example.com");

        await _detector.DeliverAsync(Some.FactorReset(target: "Ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Empty(channel.Received);
        var record = Assert.Single(await _detector.AlertsAsync("&outcome=expected"));
        Assert.Equal("Announced under ticket HD-4711, approved by grace@example.com.", record["because"]!.GetValue<string>());
        Assert.Equal(announced["id"]!.GetValue<string>(), record["expectedResetId"]!.GetValue<string>());
        Assert.Equal("used", (await OnlyAsync())["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task It_is_used_up_by_the_first_reset()
    {
        var channel = _detector.WithNotifier("secops");
        await AnnounceAsync("ada@example.com");

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        await _detector.DispatchNotificationsAsync();

        Assert.Single(channel.Received);
    }

    [Fact]
    public async Task Of_two_resets_at_once_one_uses_it()
    {
        await AnnounceAsync("ada@example.com");

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "ada@example.com"));

        Assert.Single(await _detector.AlertsAsync("&outcome=expected"));
        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task It_covers_no_other_target_and_no_other_time()
    {
        await AnnounceAsync("ada@example.com");
        var early = Some.FactorReset(target: "ada@example.com");
        early["published"] = "2026-11-24T08:59:59.999Z";
        var late = Some.FactorReset(target: "ada@example.com");
        late["published"] = "2026-11-24T12:00:00.000Z";

        await _detector.DeliverAsync(early, late, Some.FactorReset(target: "eve@example.com"));

        Assert.Equal(3, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    [Fact]
    public async Task Nobody_resets_their_own_factors_under_cover_of_it()
    {
        await AnnounceAsync("ada@example.com");

        await _detector.DeliverAsync(Some.FactorReset(actor: "ada@example.com", target: "ada@example.com"));

        Assert.Empty(await _detector.AlertsAsync("&outcome=expected"));
    }

    [Fact]
    public async Task A_notifier_that_asks_for_it_is_told_as_information()
    {
        var audit = _detector.WithNotifier("audit");
        _detector.Settings["Notifiers:audit:Outcomes:0"] = "expected";
        await AnnounceAsync("ada@example.com");

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "eve@example.com"));
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(audit.Received);
        Assert.Equal("reset.expected", notice.Type);
        Assert.StartsWith("Expected: ", notice.Title, StringComparison.Ordinal);
        Assert.Contains("HD-4711", notice.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_never_happened_shows_as_lapsed()
    {
        await AnnounceAsync("ada@example.com");
        _detector.Clock.Advance(TimeSpan.FromHours(3));

        Assert.Equal("lapsed", (await OnlyAsync())["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_that_has_lapsed_or_was_used_cannot_be_withdrawn()
    {
        var (lapsed, used) = (await AnnounceAsync("bob@example.com"), await AnnounceAsync("ada@example.com"));
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        _detector.Clock.Advance(TimeSpan.FromDays(2));

        foreach (var (announced, state) in new[] { (lapsed, "lapsed"), (used, "used") })
        {
            using var refused = await _detector.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{announced["id"]}");

            Assert.Contains(state, await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, refused), StringComparison.Ordinal);
            var listed = (await _detector.GetAsync("/api/expected-resets"))["items"]!.AsArray();
            Assert.Equal(state, listed.Single(item => $"{item!["id"]}" == $"{announced["id"]}")!["state"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task One_that_was_withdrawn_covers_nothing()
    {
        var announced = await AnnounceAsync("ada@example.com");

        using var withdrawn = await _detector.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{announced["id"]}");
        using var again = await _detector.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{announced["id"]}");
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));

        Assert.Equal(HttpStatusCode.NoContent, withdrawn.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Theory]
    [InlineData("target", "  ", "target must be")]
    [InlineData("ticket", null, "ticket must be")]
    [InlineData("approver", null, "approver must be")]
    [InlineData("from", "tomorrow", "from must be a time")]
    [InlineData("from", "09:00", "from must be a time")]
    [InlineData("until", "2026-11-24T08:00:00Z", "until must lie after from")]
    [InlineData("until", "2027-11-24T08:00:00Z", "by at most 30 days")]
    public async Task An_announcement_that_makes_no_sense_is_refused_with_what_would(string field, string? value, string says)
    {
        var announcement = Announcement("ada@example.com");
        announcement[field] = value;

        using var answer = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: announcement);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject Announcement(string target) => new()
    {
        ["target"] = target,
        ["ticket"] = "HD-4711",
        ["approver"] = "grace@example.com",
        ["from"] = "2026-11-24T09:00:00Z",
        ["until"] = "2026-11-24T12:00:00Z",
    };

    private async Task<JsonNode> AnnounceAsync(string target)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: Announcement(target));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task<JsonNode> OnlyAsync() => Assert.Single((await _detector.GetAsync("/api/expected-resets"))["items"]!.AsArray())!;
}
