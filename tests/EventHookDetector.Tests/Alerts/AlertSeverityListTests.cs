using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Alerts;

public sealed class AlertSeverityListTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("high,critical", new[] { "high", "critical", "high" })]
    [InlineData("CRITICAL", new[] { "critical" })]
    [InlineData("low, medium", new[] { "low", "medium", "low" })]
    [InlineData("low,low", new[] { "low", "low" })]
    [InlineData("low,medium,high,critical", new[] { "high", "low", "critical", "medium", "high", "low" })]
    public async Task A_filter_by_severity_takes_several(string severities, string[] newestFirst)
    {
        await DeliverAsync();

        Assert.Equal(newestFirst, (await _detector.AlertsAsync($"&severity={Uri.EscapeDataString(severities)}")).Select(Severity));
    }

    [Theory]
    [InlineData("", new[] { "critical", "high", "high", "medium", "low", "low" })]
    [InlineData("&severity=low,high", new[] { "high", "high", "low", "low" })]
    [InlineData("&actor=helpdesk.one@example.com&target=ada.byron@example.com", new[] { "critical", "high", "high", "medium", "low", "low" })]
    [InlineData("&status=open&outcome=alerted&rule=729aa18d-06a6-41c7-b175-b65b739b1181", new[] { "critical", "high", "high", "medium", "low", "low" })]
    [InlineData("&from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z", new[] { "critical", "high", "high", "medium", "low", "low" })]
    [InlineData("&outcome=capped", new string[0])]
    public async Task Sorted_by_severity_every_page_goes_on_where_the_last_one_ended(string filter, string[] severities)
    {
        await DeliverAsync();
        var whole = await _detector.AlertsAsync($"&sort=severity{filter}");
        var walked = await WalkAsync($"/api/alerts?limit=1&sort=severity{filter}");

        Assert.Equal(severities, whole.Select(Severity));
        Assert.Equal(whole.Select(Id), walked.Select(Id));
        Assert.Equal(whole.Select(Id), whole.OrderByDescending(alert => Array.IndexOf(Severities, Severity(alert))).ThenByDescending(Id, StringComparer.Ordinal).Select(Id));
    }

    [Fact]
    public async Task An_alert_that_arrives_while_pages_are_turned_shifts_nothing()
    {
        await DeliverAsync();
        var whole = await _detector.AlertsAsync("&sort=severity");
        var first = await _detector.GetAsync("/api/alerts?limit=2&sort=severity");

        await DeliverAsync();
        var rest = await _detector.GetAsync($"/api/alerts?limit=1&sort=severity&cursor={first["nextCursor"]}");

        Assert.Equal(Id(whole[2]), Id(Assert.Single(rest["items"]!.AsArray())!));
    }

    [Theory]
    [InlineData("severity=urgent", "severity must be one or more of low, medium, high, critical, separated by commas.")]
    [InlineData("severity=high,", "severity must be one or more of low, medium, high, critical, separated by commas.")]
    [InlineData("severity=2", "severity must be one or more of low, medium, high, critical, separated by commas.")]
    [InlineData("severity=", "severity must be one or more of low, medium, high, critical, separated by commas.")]
    [InlineData("sort=age", "sort must be one of severity, received.")]
    [InlineData("sort=severity&cursor=019ab3f0-8f14-7d10-a53f-5b8b7c60c8f4", "cursor must be the nextCursor of an earlier page of this list, unchanged.")]
    [InlineData("cursor=high.019ab3f0-8f14-7d10-a53f-5b8b7c60c8f4", "cursor must be the nextCursor of an earlier page of this list, unchanged.")]
    [InlineData("sort=severity&cursor=urgent.019ab3f0-8f14-7d10-a53f-5b8b7c60c8f4", "cursor must be the nextCursor of an earlier page of this list, unchanged.")]
    [InlineData("sort=severity&cursor=17", "cursor must be the nextCursor of an earlier page of this list, unchanged.")]
    [InlineData("cursor=17", "cursor must be the nextCursor of an earlier page of this list, unchanged.")]
    public async Task What_is_misspelt_is_refused_with_what_would_be_right(string query, string detail)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, $"/api/alerts?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cursor_belongs_to_the_order_of_its_page()
    {
        await DeliverAsync();
        foreach (var (order, other) in ((string, string)[])[("&sort=severity", ""), ("", "&sort=severity")])
        {
            var cursor = (string)(await _detector.GetAsync($"/api/alerts?limit=1{order}"))["nextCursor"]!;
            using var response = await _detector.AskAsync(HttpMethod.Get, $"/api/alerts?limit=1{other}&cursor={cursor}");

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private static readonly string[] Severities = ["low", "medium", "high", "critical"];

    private static string Severity(JsonNode alert) => (string)alert["severity"]!;

    private static string Id(JsonNode alert) => (string)alert["id"]!;

    // low, high, medium, critical, low, high: a second apart.
    private async Task DeliverAsync()
    {
        foreach (var reasons in (int[])[0, 2, 1, 3, 0, 2])
        {
            var reset = Some.FactorReset();
            if (reasons > 0) reset["transaction"] = new JsonObject { ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1" } };
            reset["securityContext"] = new JsonObject { ["isProxy"] = reasons > 1, ["risk"] = new JsonObject { ["level"] = reasons > 2 ? "HIGH" : "LOW" } };
            await _detector.DeliverAsync(reset);
            _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        }
    }

    private async Task<IReadOnlyList<JsonNode>> WalkAsync(string path)
    {
        var found = new List<JsonNode>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await _detector.GetAsync($"{path}&cursor={cursor}");
            found.AddRange(page["items"]!.AsArray().Select(alert => alert!));
            cursor = (string?)page["nextCursor"];
        }

        return found;
    }
}
