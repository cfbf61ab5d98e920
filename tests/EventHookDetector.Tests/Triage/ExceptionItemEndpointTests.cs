using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

public sealed class ExceptionItemEndpointTests : IAsyncDisposable
{
    private const string ByEve = "okta.actor.alternate_id:\"eve@example.com\"";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task An_item_is_listed_and_shown_as_it_was_added()
    {
        var sent = SomeExceptionItem.Covering(ByEve);
        sent["recurrence"] = new JsonObject { ["cron"] = "0 22 * * 5", ["duration"] = "08:00:00", ["timeZone"] = "Europe/Berlin" };
        var added = await _detector.AddAsync(sent);

        var shown = await _detector.GetAsync($"/api/exceptions/{added["id"]}");
        var listed = Assert.Single((await _detector.GetAsync("/api/exceptions"))["items"]!.AsArray())!;

        Assert.Empty(added["warnings"]!.AsArray());
        added.AsObject().Remove("warnings");
        Assert.Equal(added.ToJsonString(), shown.ToJsonString());
        Assert.Equal(added.ToJsonString(), listed.ToJsonString());
        Assert.Equal("inForce", shown["state"]!.GetValue<string>());
        Assert.Equal(ByEve, shown["condition"]!.GetValue<string>());
        Assert.Equal("oncall", shown["createdBy"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(sent["recurrence"], shown["recurrence"]), shown.ToJsonString());
    }

    [Fact]
    public async Task The_fields_that_people_think_in_become_a_condition_that_is_shown()
    {
        var added = await _detector.ExceptAsync(new JsonObject
        {
            ["actor"] = "eve@example.com",
            ["target"] = "ada@example.com",
            ["ipRange"] = "198.51.100.0/24",
        });

        await _detector.DeliverAsync(
            Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"), Some.FactorReset(actor: "eve@example.com", target: "bob@example.com"));

        Assert.Equal(
            "(okta.actor.alternate_id:\"eve@example.com\" or okta.actor.id:\"eve@example.com\")"
            + " and (okta.target.alternate_id:\"ada@example.com\" or okta.target.id:\"ada@example.com\") and okta.client.ip:\"198.51.100.0/24\"",
            added["condition"]!.GetValue<string>());
        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task An_API_token_is_covered_by_its_id()
    {
        var withToken = Some.FactorReset();
        withToken["transaction"] = new JsonObject { ["detail"] = new JsonObject { ["requestApiTokenId"] = "00Tabc" } };
        await _detector.ExceptAsync(new JsonObject { ["apiToken"] = "00Tabc" });

        await _detector.DeliverAsync(withToken, Some.FactorReset());

        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Theory]
    [InlineData("eve\" or okta.event_type:\"user.mfa.factor.reset_all")]
    [InlineData("*")]
    [InlineData("eve\\\" or *")]
    [InlineData("\\u0065ve@example.com")]
    public async Task What_stands_in_a_field_is_text_and_nothing_else(string actor)
    {
        await _detector.ExceptAsync(new JsonObject { ["actor"] = actor });

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(actor: actor));

        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Theory]
    [InlineData("condition", null, "condition must be a query in KQL")]
    [InlineData("condition", "\"  \"", "it would cover everything")]
    [InlineData("condition", "{}", "it would cover everything")]
    [InlineData("condition", "\"*:*\"", "next to everything")]
    [InlineData("condition", "\"not okta.actor.id:eve\"", "next to everything")]
    [InlineData("condition", "\"okta.actor.id:eve and\\n (\"", "Line 2, column")]
    [InlineData("condition", "{\"taget\":\"ada\"}", "and no others")]
    [InlineData("condition", "{\"actor\":\" \"}", "condition.actor must be a text")]
    [InlineData("condition", "{\"ipRange\":\"everywhere\"}", "condition.ipRange must be an IP address")]
    [InlineData("owner", null, "owner must be")]
    [InlineData("reason", "\" \"", "reason must say why")]
    [InlineData("ticket", "\"\"", "ticket must be")]
    [InlineData("startsAt", "\"tomorrow\"", "startsAt must be a time")]
    [InlineData("startsAt", "\"2026-12-24T09:20:00Z\"", "endsAt must lie after startsAt")]
    [InlineData("endsAt", null, "endsAt must be a time")]
    [InlineData("endsAt", "\"2026-11-24T09:20:00Z\"", "endsAt must lie in the future")]
    [InlineData("endsAt", "\"2027-02-22T09:20:01Z\"", "at most 90 days")]
    [InlineData("recurrence", "{\"cron\":\"often\",\"duration\":\"08:00:00\",\"timeZone\":\"Europe/Berlin\"}", "recurrence.cron must be a cron expression")]
    [InlineData("recurrence", "{\"cron\":\"0 0 30 2 *\",\"duration\":\"08:00:00\",\"timeZone\":\"Europe/Berlin\"}", "a time that comes")]
    [InlineData("recurrence", "{\"cron\":\"0 9 * * *\",\"duration\":\"7.00:00:01\",\"timeZone\":\"Europe/Berlin\"}", "recurrence.duration must be")]
    [InlineData("recurrence", "{\"cron\":\"0 9 * * *\",\"duration\":\"08:00:00\",\"timeZone\":\"Berlin\"}", "recurrence.timeZone must be")]
    public async Task An_item_that_makes_no_sense_is_refused_with_what_would(string field, string? json, string says)
    {
        var item = SomeExceptionItem.Covering(ByEve);
        item[field] = json is null ? null : JsonNode.Parse(json);

        using var answer = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: item);

        Assert.Contains(says, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: new JsonObject { ["recurrence"] = new JsonObject() });

        var detail = await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer);
        Assert.All(
            ["condition must", "owner must", "reason must", "endsAt must", "recurrence.cron must", "recurrence.duration must", "recurrence.timeZone must"],
            fault => Assert.Contains(fault, detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_longest_life_is_configured_and_counted_from_the_start()
    {
        _detector.Settings["Exceptions:MaximumLife"] = "2.00:00:00";
        var item = SomeExceptionItem.Covering(ByEve);
        (item["startsAt"], item["endsAt"]) = ("2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z");

        Assert.Equal("planned", (await _detector.AddAsync(item))["state"]!.GetValue<string>());
        item["endsAt"] = "2026-12-03T00:00:01Z";
        using var refused = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: item);
        Assert.Contains("at most 2 days", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_has_ended_stays_on_record_and_is_changed_no_more()
    {
        var item = await _detector.ExceptAsync(ByEve);

        Assert.Equal(HttpStatusCode.OK, await _detector.ChangeAsync(item, SomeExceptionItem.Covering("okta.actor.id:bob")));
        Assert.Equal(HttpStatusCode.NoContent, await _detector.EndAsync(item));
        Assert.Equal(HttpStatusCode.Conflict, await _detector.EndAsync(item));
        Assert.Equal(HttpStatusCode.Conflict, await _detector.ChangeAsync(item, SomeExceptionItem.Covering(ByEve)));

        var shown = await _detector.GetAsync($"/api/exceptions/{item["id"]}");
        Assert.Equal("ended", shown["state"]!.GetValue<string>());
        Assert.Equal("oncall", shown["endedBy"]!.GetValue<string>());
        Assert.Equal("okta.actor.id:bob", shown["condition"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_item_whose_time_is_over_is_changed_no_more()
    {
        var item = await _detector.ExceptAsync(ByEve);
        _detector.Clock.Advance(TimeSpan.FromDays(30));
        var longer = SomeExceptionItem.Covering(ByEve);
        longer["endsAt"] = "2027-01-24T00:00:00Z";

        Assert.Equal(HttpStatusCode.Conflict, await _detector.ChangeAsync(item, longer));
        Assert.Equal("lapsed", (await _detector.GetAsync($"/api/exceptions/{item["id"]}"))["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task There_is_nothing_to_change_or_end_under_an_id_that_is_none()
    {
        var none = new JsonObject { ["id"] = "019ab3f0-0000-7000-8000-000000000000" };

        Assert.Equal(HttpStatusCode.NotFound, await _detector.ChangeAsync(none, SomeExceptionItem.Covering(ByEve)));
        Assert.Equal(HttpStatusCode.NotFound, await _detector.EndAsync(none));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
