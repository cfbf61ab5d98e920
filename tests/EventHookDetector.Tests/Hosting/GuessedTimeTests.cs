using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

/// <summary>A time or a length of time that leaves room for a guess is refused, or not used.</summary>
public sealed class GuessedTimeTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    public static TheoryData<string> GuessedTimes =>
        ["05/12/2026", "12.05.2026", "14:00", "5 December 2026", "Sat, 05 Dec 2026 00:00:00 GMT", "2026-12", "20261205", "1796083200", " 2026-12-05", "2026-12-05T10"];

    public static TheoryData<string> GuessedLengths => ["2", "24:00:00", "10:00", "1:90:00", "1.2", "PT8H", "8h", "", " 08:00:00"];

    [Theory]
    [MemberData(nameof(GuessedTimes))]
    public async Task A_guessed_start_or_end_of_an_exception_item_is_refused(string time)
    {
        var item = await _detector.ExceptAsync("okta.actor.id:00u1bot");
        foreach (var field in (string[])["startsAt", "endsAt"])
        {
            var body = SomeExceptionItem.Covering("okta.actor.id:00u1bot");
            body[field] = time;
            foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Post, ""), (HttpMethod.Put, $"/{item["id"]}")])
            {
                using var answer = await _detector.AskAsync(method, SomeExceptionItem.Path + path, body: body);

                Assert.Contains($"{field} must be a time such as 2026-", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(GuessedTimes))]
    public async Task A_guessed_time_in_a_query_or_an_announcement_is_refused(string time)
    {
        foreach (var path in (string[])["/api/alerts?from=", "/api/alerts?to=", "/api/audit?from="])
        {
            using var answer = await _detector.AskAsync(HttpMethod.Get, path + Uri.EscapeDataString(time));
            await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer);
        }

        using var announced = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: new JsonObject
        {
            ["target"] = "ada@example.com",
            ["ticket"] = "HD-1",
            ["approver"] = "grace",
            ["from"] = "2026-11-24T09:00:00Z",
            ["until"] = time,
        });
        await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, announced);
    }

    [Theory]
    [MemberData(nameof(GuessedLengths))]
    public async Task A_guessed_duration_is_refused(string duration)
    {
        var body = SomeExceptionItem.Covering("okta.actor.id:00u1bot");
        body["recurrence"] = new JsonObject { ["cron"] = "0 9 * * 1-5", ["duration"] = duration, ["timeZone"] = "Europe/Berlin" };

        using var answer = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: body);

        Assert.Contains("recurrence.duration must be a length of time", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("14:00")]
    [InlineData("05/12/2026")]
    [InlineData("Tue, 24 Nov 2026 09:19:57 GMT")]
    [InlineData("09:19:57Z")]
    public async Task A_guessed_time_of_a_log_event_is_not_used_and_the_time_of_receipt_counts(string published)
    {
        var item = SomeExceptionItem.Covering(new JsonObject { ["actor"] = "eve@example.com" });
        item["startsAt"] = "2026-11-24T09:00:00Z";
        await _detector.AddAsync(item);
        var reset = Some.FactorReset(actor: "eve@example.com");
        reset["published"] = published;

        await _detector.DeliverAsync(reset);

        var record = Assert.Single(await _detector.AlertsAsync());
        Assert.Null(record["published"]);
        Assert.Equal("excepted", record["outcome"]!.GetValue<string>());
        var single = await _detector.GetAsync($"/api/alerts/{record["id"]}");
        Assert.Null(single["ecs"]?["@timestamp"]);
    }

    [Theory]
    [InlineData("2026-11-24T09:15:02.417Z", "2026-11-24T09:15:02.417Z")]
    [InlineData("2026-11-24T10:15:02.417+01:00", "2026-11-24T09:15:02.417Z")]
    [InlineData("2026-11-24T09:15:02.417123456Z", "2026-11-24T09:15:02.417123Z")]
    [InlineData("2026-11-24T09:15:02", "2026-11-24T09:15:02Z")]
    [InlineData("2026-11-24 09:15:02Z", "2026-11-24T09:15:02Z")]
    [InlineData("2026-11-24T09:15Z", "2026-11-24T09:15:00Z")]
    public async Task An_ISO_time_of_a_log_event_is_used(string published, string shown)
    {
        var reset = Some.FactorReset();
        reset["published"] = published;

        await _detector.DeliverAsync(reset);

        Assert.Equal(shown, Assert.Single(await _detector.AlertsAsync())["published"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();
}
