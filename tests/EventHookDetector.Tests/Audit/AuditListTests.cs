using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using EventHookDetector.Audit;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Audit;

public sealed class AuditListTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_hold_every_row_once_the_newest_first()
    {
        await _detector.NoteAsync(7);
        var (numbers, cursor) = (new List<long>(), "");
        do
        {
            var page = await _detector.GetAsync($"/api/audit?limit=3&cursor={cursor}");
            numbers.AddRange(page["items"]!.AsArray().Select(row => (long)row!["number"]!));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);

        Assert.Equal([7, 6, 5, 4, 3, 2, 1], numbers);
    }

    [Fact]
    public async Task Filters_can_be_combined()
    {
        _detector.Settings["Operators:rob:Key"] = "the-key-of-rob-himself";
        await _detector.NoteAsync(2);   // at 09:20:00 and 09:20:01
        var alert = (string)Assert.Single(await _detector.AlertsAsync())["id"]!;
        using (await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{alert}/notes", "the-key-of-rob-himself", new JsonObject { ["note"] = "Note 3." })) { }
        var item = (string)(await _detector.ExceptAsync("okta.actor.alternate_id:scanner@example.com"))["id"]!;

        async Task<int> CountAsync(string filter) => (await _detector.AuditAsync(filter)).Count;

        Assert.Equal(4, await CountAsync(""));
        Assert.Equal(3, await CountAsync("&act=alert.NOTED"));
        Assert.Equal(1, await CountAsync("&who=rob"));
        Assert.Equal(2, await CountAsync("&who=oncall&act=alert.noted"));
        Assert.Equal(3, await CountAsync($"&subject={alert}"));
        Assert.Equal(1, await CountAsync($"&subject={item}&who=oncall&act=exception.created"));
        Assert.Equal(0, await CountAsync($"&subject={item}&who=rob"));
        Assert.Equal(0, await CountAsync("&who=the%20detector&act=alert.excepted"));
        Assert.Equal(1, await CountAsync("&from=2026-11-24T09:20:01Z&to=2026-11-24T09:20:02Z"));
        Assert.Equal(1, await CountAsync("&to=2026-11-24T09:20:01Z"));
        Assert.Equal(2, await CountAsync("&from=2026-11-24T09:20:02Z"));
        Assert.Equal(0, await CountAsync("&from=0001-01-01&to=1970-01-01"));
    }

    [Theory]
    [InlineData("act=alert.opened", "alert.acknowledged")]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=9", "to")]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=x", "cursor")]
    public async Task What_cannot_be_asked_is_answered_with_what_can(string filter, string word)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Get, $"/api/audit?{filter}");

        Assert.Contains(word, await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from=9999-12-31T23:59:59.9999999Z")]
    [InlineData("to=9999-12-31T23:59:59.9999999Z")]
    [InlineData("to=0001-01-01T00:00:00Z")]
    [InlineData("who=%00&subject=%00")]
    public async Task Odd_questions_have_an_answer_too(string filter)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Get, $"/api/audit?{filter}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_export_holds_what_is_sealed_in_the_order_of_its_numbers()
    {
        await _detector.NoteAsync(3);
        await _detector.ExceptAsync("okta.actor.alternate_id:scanner@example.com");

        var rows = (await _detector.ExportAuditAsync()).TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!);

        Assert.Equal([(1, """{"note":"Note 1."}"""), (2, """{"note":"Note 2."}"""), (3, """{"note":"Note 3."}""")], rows.Select(row => ((int)row["number"]!, (string)row["details"]!)));
    }

    [Fact]
    public async Task Nothing_makes_an_engine_go_through_all_rows()
    {
        await StoreAsync(20_000);
        AuditFilter[] filters =
        [
            Nothing with { Subject = "subject-7" },
            Nothing with { Who = "operator-3" },
            Nothing with { Act = AuditAct.AlertClosed },
            Nothing with { From = Newest.AddHours(-2), To = Newest.AddHours(-1) },
            Nothing with { Who = "operator-3", Act = AuditAct.AlertClosed },
            Nothing with { Who = AuditTrail.Detector, Act = AuditAct.AlertClosed },
            new(AuditAct.AlertClosed, "operator-3", "subject-7", Newest.AddHours(-2), Newest.AddHours(-1)),
        ];

        foreach (var filter in filters)
        {
            foreach (var before in (string?[])[null, Guid.CreateVersion7(Newest.AddMinutes(-90)).ToString()])
            {
                var where = AuditReader.Which(filter, before).With("Limit", 51);
                await AssertByIndexAsync($"{where} {AuditReader.NewestFirst}", where.Values);
            }
        }

        await AssertByIndexAsync(AuditReader.Waiting, new DynamicParameters(new { Limit = 100 }));
        await AssertByIndexAsync(AuditReader.Next, new DynamicParameters(new { After = 10_000L, Limit = 1000 }));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static AuditFilter Nothing => new(null, null, null, null, null);

    private static DateTimeOffset Newest => new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    private async Task AssertByIndexAsync(string which, DynamicParameters values)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(Cancellation);
        var steps = await connection.QueryAsync($"{(TestStorage.IsPostgreSql ? "EXPLAIN" : "EXPLAIN QUERY PLAN")} SELECT details FROM audit_entries {which}", values);
        var plan = string.Join('\n', steps.Select(step => (string)((IDictionary<string, object>)step)[TestStorage.IsPostgreSql ? "QUERY PLAN" : "detail"]));
        Assert.False(plan.Contains("Seq Scan", StringComparison.Ordinal) || GoesThroughAll(plan), $"{which}\n{plan}");
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    // The index of those that wait holds nothing else.
    private static bool GoesThroughAll(string plan) => plan.Split('\n').Any(step => step.StartsWith("SCAN", StringComparison.Ordinal) && !step.EndsWith(" audit_entries_waiting", StringComparison.Ordinal));

    private async Task StoreAsync(int rows)
    {
        _ = _detector.Http;
        await _detector.WriteAsync(async transaction =>
        {
            for (var n = 0; n < rows; n++)
            {
                var at = Newest.AddSeconds(-n);
                await transaction.ExecuteAsync(
                    "INSERT INTO audit_entries (id, at, who, act, subject, number) VALUES (@Id, @At, @Who, @Act, @Subject, @Number)",
                    Guid.CreateVersion7(at).ToString(), at, $"operator-{n % 50}", AuditAct.All[n % AuditAct.All.Count], $"subject-{n % 1000}", n < 10 ? null : (long)n);
            }

            return rows;
        });
        await _detector.WriteAsync(transaction => transaction.ExecuteAsync("ANALYZE audit_entries"));
    }
}
