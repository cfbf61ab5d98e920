using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class AlertPagingTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task The_newest_alert_comes_first()
    {
        var uuids = await DeliverAtDifferentTimesAsync(3);

        Assert.Equal(uuids.Reverse(), (await _detector.AlertsAsync()).Select(Uuid));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task Walking_the_pages_shows_every_alert_once_and_in_order(int limit)
    {
        var uuids = await DeliverAtDifferentTimesAsync(7);

        Assert.Equal(uuids.Reverse(), (await WalkAsync($"limit={limit}")).Select(Uuid));
    }

    [Fact]
    public async Task Alerts_of_one_delivery_are_walked_without_gap_or_repetition_too()
    {
        var resets = Enumerable.Range(0, 9).Select(_ => Some.FactorReset()).ToArray();
        await _detector.DeliverAsync(resets);

        Assert.Equal(resets.Select(Uuid).Order(), (await WalkAsync("limit=2")).Select(Uuid).Order());
    }

    [Fact]
    public async Task An_alert_that_comes_while_somebody_turns_the_pages_shifts_nothing()
    {
        var uuids = await DeliverAtDifferentTimesAsync(4);
        var first = await _detector.GetAsync("/api/alerts?limit=2");

        await DeliverAtDifferentTimesAsync(3);
        var second = await _detector.GetAsync($"/api/alerts?limit=2&cursor={first["nextCursor"]}");

        Assert.Equal(uuids.Reverse(), Items(first).Concat(Items(second)).Select(Uuid));
        Assert.Null(second["nextCursor"]);
    }

    [Fact]
    public async Task A_filter_holds_on_every_page()
    {
        foreach (var target in new[] { "ada", "bob", "ada", "bob", "ada" })
        {
            await _detector.DeliverAsync(Some.FactorReset(target: $"{target}@example.com"));
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, (await WalkAsync("limit=1&target=ada@example.com")).Count);
    }

    [Fact]
    public async Task A_page_holds_fifty_unless_told_otherwise()
    {
        await _detector.DeliverAsync([.. Enumerable.Range(0, 51).Select(_ => Some.FactorReset())]);

        Assert.Equal(50, Items(await _detector.GetAsync("/api/alerts")).Count());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("201")]
    [InlineData("-1")]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public async Task A_limit_out_of_bounds_is_refused_with_the_bounds(string limit)
    {
        foreach (var list in Lists)
        {
            using var response = await _detector.AskAsync(HttpMethod.Get, $"{list}?limit={limit}");

            Assert.Equal("limit must be a whole number from 1 to 200.", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, response));
        }
    }

    [Theory]
    [InlineData("' OR 1=1 --")]
    [InlineData("zzz")]
    [InlineData("-")]
    [InlineData("\u0000")]
    [InlineData("../../etc/passwd")]
    [InlineData("99999999999999999999999999")]
    [InlineData("%F0%9F")]
    [InlineData("{019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01}")]
    public async Task A_cursor_that_we_never_gave_out_is_refused(string cursor)
    {
        await DeliverAtDifferentTimesAsync(1);
        foreach (var list in Lists)
        {
            using var response = await _detector.AskAsync(HttpMethod.Get, $"{list}?cursor={Uri.EscapeDataString(cursor)}");

            Assert.Contains("nextCursor", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, response), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        await DeliverAtDifferentTimesAsync(2);
        var cursor = (await _detector.GetAsync("/api/alerts?limit=1"))["nextCursor"]!.GetValue<string>();
        foreach (var list in Lists.Where(list => !list.StartsWith("/api/alerts", StringComparison.Ordinal)))
        {
            using var response = await _detector.AskAsync(HttpMethod.Get, $"{list}?cursor={cursor}");

            await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, response);
        }
    }

    [Fact]
    public async Task The_list_of_rules_is_paged_by_its_own_cursors()
    {
        var ids = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await _detector.GetAsync($"/api/rules?limit=1{cursor}");
            ids.Add(Assert.Single(page["items"]!.AsArray())!["id"]!.GetValue<string>());
            cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : null;
        }

        Assert.Equal((await _detector.GetAsync("/api/rules?limit=200"))["items"]!.AsArray().Select(rule => rule!["id"]!.GetValue<string>()), ids);
    }

    [Fact]
    public async Task A_cursor_of_enormous_length_is_refused()
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, $"/api/alerts?cursor={new string('a', 5000)}");

        await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, response);
    }

    [Theory]
    [InlineData("outcome=ignored", "outcome must be one of alerted, capped")]
    [InlineData("outcome=0", "outcome must be one of alerted, capped")]
    [InlineData("outcome=alerted,capped", "outcome must be one of alerted, capped")]
    [InlineData("status=new", "status must be one of open, acknowledged, closed")]
    [InlineData("from=yesterday", "from must be a time such as")]
    [InlineData("from=09:15", "from must be a time such as")]
    [InlineData("from=11/24/2026", "from must be a time such as")]
    [InlineData("to=2026-13-45", "to must be a time such as")]
    [InlineData("to=0001-01-01T00:00:00%2B14:00", "to must be a time such as")]
    public async Task A_filter_that_cannot_be_meant_is_refused_with_a_cure(string filter, string cure)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, $"/api/alerts?{filter}");

        Assert.StartsWith(cure, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, response), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string[] Lists => ["/api/alerts", "/api/notifications", "/api/windows", "/api/rules", "/api/quarantine"];

    private static string Uuid(JsonNode logEventOrAlert) => logEventOrAlert["uuid"]!.GetValue<string>();

    private static IEnumerable<JsonNode> Items(JsonNode page) => page["items"]!.AsArray().Select(item => item!);

    private async Task<IReadOnlyList<string>> DeliverAtDifferentTimesAsync(int count)
    {
        var resets = Enumerable.Range(0, count).Select(_ => Some.FactorReset()).ToArray();
        foreach (var reset in resets)
        {
            await _detector.DeliverAsync(reset.DeepClone());
            _detector.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        return [.. resets.Select(Uuid)];
    }

    private async Task<IReadOnlyList<JsonNode>> WalkAsync(string query)
    {
        var (items, cursor) = (new List<JsonNode>(), "");
        do
        {
            var page = await _detector.GetAsync($"/api/alerts?{query}{cursor}");
            items.AddRange(Items(page));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next.GetValue<string>()}" : null;
        }
        while (cursor is not null);
        return items;
    }
}
