using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Tests.Support;
using EventHookDetector.Triage.Backtests;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Triage.Backtests;

public sealed class BacktestTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task The_verdicts_are_those_of_the_detector_that_runs()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";
        await _detector.ExceptAsync("okta.actor.alternate_id:\"eve@example.com\"");
        await AnnounceAsync("grace@example.com");
        var twice = Some.FactorReset();
        JsonObject[] first =
        [
            Some.FactorReset(), Some.Login(), twice, Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(),
            Some.FactorReset(target: "grace@example.com"), Some.FactorReset(target: "grace@example.com"), Some.FactorReset(),
        ];
        JsonObject[] second = [Some.FactorReset(), Some.FactorReset(), Some.FactorReset(actor: "eve@example.com"), Some.FactorReset(), Some.FactorReset()];
        for (var i = 0; i < first.Length; i++) first[i].At($"2026-11-24T09:21:00.{i:000}Z");
        for (var i = 0; i < second.Length; i++) second[i].At($"2026-11-24T09:26:00.{i:000}Z");
        second[0] = twice.DeepClone().AsObject();

        await _detector.DeliverAsync([.. first.Select(logEvent => logEvent.DeepClone())]);
        _detector.Clock.Advance(TimeSpan.FromMinutes(6));
        await _detector.DeliverAsync([.. second.Select(logEvent => logEvent.DeepClone())]);
        var live = await _detector.AlertsAsync();
        var answer = await _detector.BacktestAsync(SomeExport.AsLines([.. first, .. second]));

        Assert.Equal(["alerted", "capped", "excepted", "expected"], live.Select(alert => alert["outcome"]!.GetValue<string>()).Distinct().Order());
        Assert.Equal(WithoutReasonsOfTheWindow(live), WithoutReasonsOfTheWindow(answer["records"]!.AsArray()));
        foreach (var group in live.GroupBy(alert => alert["outcome"]!.GetValue<string>())) Assert.Equal(group.Count(), answer.Count(group.Key));
        Assert.Equal((1, 1), (answer.Count("duplicate"), answer.Count("notMatched")));
        Assert.Equal(13, answer["logEvents"]!.GetValue<long>());
    }

    [Fact]
    public async Task An_array_and_lines_and_concatenated_objects_and_pages_give_the_same_in_either_order()
    {
        _detector.Settings["Detection:MaxAlerts"] = "2";
        // All at one moment but the last, so that only their order tells which of them fill the window.
        JsonObject[] logEvents = [.. Enumerable.Range(0, 5).Select(_ => Some.FactorReset()), Some.Login(), Some.FactorReset().At("2026-11-24T09:19:59Z")];
        var expected = await _detector.BacktestAsync(SomeExport.AsLines(logEvents));

        string[] exports =
        [
            SomeExport.AsArray(logEvents),
            string.Join(" \r\n ", logEvents.Select(logEvent => logEvent.ToString())),
            string.Concat(logEvents.Select(logEvent => logEvent.ToJsonString())),
            $"[]\n{SomeExport.AsArray(logEvents[..3])}\n{SomeExport.AsArray(logEvents[3..])}",
            $"\uFEFF{SomeExport.AsLines(logEvents)}",
            SomeExport.AsLines(logEvents.Reverse()),
            SomeExport.AsArray(logEvents.Reverse()),
        ];
        foreach (var export in exports)
        {
            var answer = await _detector.BacktestAsync(export);
            expected["bytes"] = answer["bytes"]!.DeepClone();
            Assert.Equal(expected.ToJsonString(), answer.ToJsonString());
        }

        Assert.Equal((2, 4), (expected.Count("alerted"), expected.Count("capped")));
    }

    [Fact]
    public async Task A_rule_that_is_switched_off_is_tried_alone()
    {
        JsonObject[] logEvents = [Some.LogEvent(SomeExport.PolicyType), Some.FactorReset(), Some.Login()];

        var answer = await _detector.BacktestAsync(SomeExport.AsArray(logEvents), SomeExport.PolicyRule);

        Assert.Equal((1, 2), (answer.Count("alerted"), answer.Count("notMatched")));
        Assert.Equal(SomeExport.PolicyRule, Assert.Single(answer["rules"]!.AsArray())!.GetValue<string>());
        Assert.Equal(SomeExport.PolicyRule, Assert.Single(answer["records"]!.AsArray())!["ruleId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Windows_are_those_of_the_time_when_it_was_published()
    {
        _detector.Settings["Detection:MaxAlerts"] = "1";
        string[] times = ["2026-01-01T00:00:00Z", "2026-01-01T00:04:59.999Z", "2026-01-01T00:05:00Z", "2025-06-01T00:00:00Z"];

        var answer = await _detector.BacktestAsync(SomeExport.AsLines(times.Select(time => Some.FactorReset().At(time))));

        Assert.Equal((3, 1), (answer.Count("alerted"), answer.Count("capped")));
        Assert.Equal(("2025-06-01T00:00:00Z", "2026-01-01T00:05:00Z"), (answer["from"]!.GetValue<string>(), answer["to"]!.GetValue<string>()));
        var fullest = answer["fullestWindows"]!.AsArray();
        Assert.Equal(3, fullest.Count);
        Assert.Equal(
            ("2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z", 1, 1, 1),
            (fullest[0]!["start"]!.GetValue<string>(), fullest[0]!["end"]!.GetValue<string>(),
                fullest[0]!["cap"]!.GetValue<int>(), fullest[0]!["alerted"]!.GetValue<int>(), fullest[0]!["capped"]!.GetValue<int>()));
    }

    [Fact]
    public async Task An_exception_item_covers_what_happened_while_it_stood_though_it_has_ended_since()
    {
        var item = await _detector.ExceptAsync("okta.actor.alternate_id:\"eve@example.com\"");
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.EndAsync(item);
        string[] times = ["2026-11-24T09:19:59Z", "2026-11-24T09:20:00Z", "2026-11-24T10:19:59Z", "2026-11-24T10:20:00Z"];

        var answer = await _detector.BacktestAsync(SomeExport.AsLines(times.Select(time => Some.FactorReset(actor: "eve@example.com").At(time))));

        Assert.Equal(["alerted", "excepted", "excepted", "alerted"], answer["records"]!.AsArray().Select(record => record!["outcome"]!.GetValue<string>()));
        Assert.Equal(0, (await _detector.GetAsync($"/api/exceptions/{item["id"]}"))["hits"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_announcement_covers_what_happened_before_it_was_taken_back_though_it_was_used_since()
    {
        await AnnounceAsync("ada@example.com");
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        var withdrawn = await AnnounceAsync("grace@example.com");
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        using var _ = await _detector.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{withdrawn["id"]}");
        var before = await _detector.GetAsync("/api/expected-resets");

        var answer = await _detector.BacktestAsync(SomeExport.AsLines(
            Some.FactorReset(target: "ada@example.com").At("2026-11-24T09:19:59Z"),
            Some.FactorReset(target: "ada@example.com").At("2026-11-24T09:21:00Z"),
            Some.FactorReset(target: "grace@example.com").At("2026-11-24T10:19:59Z"),
            Some.FactorReset(target: "grace@example.com").At("2026-11-24T10:20:00Z")));

        Assert.Equal(["alerted", "expected", "expected", "alerted"], answer["records"]!.AsArray().Select(record => record!["outcome"]!.GetValue<string>()));
        Assert.Equal(before.ToJsonString(), (await _detector.GetAsync("/api/expected-resets")).ToJsonString());
    }

    [Fact]
    public async Task Nobody_is_told_and_nothing_is_kept()
    {
        var channel = _detector.WithNotifier("secops");

        await _detector.BacktestAsync(SomeExport.AsLines(Some.FactorReset()));
        await _detector.DispatchNotificationsAsync();

        Assert.Empty(channel.Received);
        Assert.Empty(await _detector.AlertsAsync());
        Assert.Empty((await _detector.GetAsync("/api/windows"))["items"]!.AsArray());
        Assert.DoesNotContain(_detector.Logs.Lines, line => line.Contains("Alerted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_counts_are_of_all_and_the_records_are_the_earliest_hundred()
    {
        var logEvents = Enumerable.Range(0, 1200).Select(i => Some.FactorReset(target: $"t{i}@example.com").At($"2026-11-24T{23 - (i / 60):00}:{59 - (i % 60):00}:00Z")).ToArray();

        var answer = await _detector.BacktestAsync(SomeExport.AsArray(logEvents));

        Assert.Equal(1200, answer.Count("alerted"));
        Assert.Equal(logEvents.Reverse().Take(100).Select(logEvent => $"{logEvent["uuid"]}"), answer["records"]!.AsArray().Select(record => $"{record!["uuid"]}"));
        Assert.Equal(10, answer["fullestWindows"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_is_part_of_a_reset_names_the_log_event_that_made_the_alert()
    {
        const string oneByOne = "4e6c3d1f-4a0e-4c56-9f0f-0c5f7f3f6f52";
        JsonObject[] logEvents = [.. Enumerable.Range(0, 3).Select(i => Some.LogEvent("user.mfa.factor.deactivate").At($"2026-11-24T09:21:00.{i:000}Z"))];

        var answer = await _detector.BacktestAsync(SomeExport.AsArray(logEvents), oneByOne);

        Assert.Equal((1, 1), (answer.Count("alerted"), answer.Count("merged")));
        Assert.Equal($"Part of the same reset as log event {logEvents[1]["uuid"]}.", answer["records"]![2]!["because"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_log_event_without_a_time_or_with_one_of_another_age_is_judged_when_its_neighbour_is()
    {
        var untimed = Some.FactorReset();
        untimed.Remove("published");
        string?[] odd = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "soon"];

        var answer = await _detector.BacktestAsync(SomeExport.AsLines([untimed, .. odd.Select(time => Some.FactorReset().At(time!)), Some.FactorReset()]));

        Assert.Equal(5, answer.Count("alerted"));
    }

    [Fact]
    public async Task What_cannot_be_read_is_counted_with_its_place_and_the_rest_is_judged()
    {
        var (first, last) = (Some.FactorReset(), Some.FactorReset());
        var beginning = $"{first.ToJsonString()}\nnull\n";

        var answer = await _detector.BacktestAsync($"{beginning}{{\"uuid\":\"a\",\"eventType\": oops}}\n{{\"uuid\":\"b\"}}\n{last.ToJsonString()}\n");

        Assert.Equal((2, 3), (answer.Count("alerted"), answer.Count("invalid")));
        var unreadable = answer["unreadable"]!.AsArray();
        Assert.Equal([2, 3, 4], unreadable.Select(one => one!["line"]!.GetValue<int>()));
        Assert.Equal(beginning.Length - "null\n".Length, unreadable[0]!["offset"]!.GetValue<int>());
        Assert.Equal(beginning.Length + """{"uuid":"a","eventType": """.Length, unreadable[1]!["offset"]!.GetValue<int>());
        Assert.Equal(
            ["A log event must be a JSON object.", "The JSON breaks here.", "The log event has no eventType."],
            unreadable.Select(one => one!["reason"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("", "holds no log event")]
    [InlineData("[]", "holds no log event")]
    [InlineData("[]\n[]", "holds no log event")]
    [InlineData(" \r\n\t", "holds no log event")]
    [InlineData("\uFEFF", "holds no log event")]
    [InlineData("hello", "after 0 bytes: The JSON breaks here.")]
    [InlineData("\0\0\0", "after 0 bytes: The JSON breaks here.")]
    [InlineData("{\"data\":{\"events\":[]}}", "has no eventType")]
    [InlineData("[1, 2]", "must be a JSON object")]
    [InlineData("uuid,published\n1,2\n", "Line 1, after 0 bytes")]
    [InlineData("[", "The array is not closed")]
    public async Task A_body_without_a_log_event_is_refused_with_what_was_expected_and_where_it_breaks(string body, string says)
    {
        using var answer = await _detector.PostExportAsync(Encoding.UTF8.GetBytes(body));

        var detail = await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer);
        Assert.Contains("a JSON array of log events, or a log event a line (NDJSON)", detail, StringComparison.Ordinal);
        Assert.Contains(says, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_is_not_there_is_not_found()
    {
        using var answer = await _detector.PostExportAsync("[]"u8.ToArray(), rule: "nobody-knows-it");

        Assert.Contains("/api/rules", await ProblemAssert.IsProblemAsync(HttpStatusCode.NotFound, answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/csv", null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData("application/json", "gzip")]
    public async Task What_does_not_say_that_it_is_an_export_is_refused(string contentType, string? encoding)
    {
        using var answer = await _detector.PostExportAsync("[]"u8.ToArray(), contentType: contentType, encoding: encoding);

        Assert.Contains("application/x-ndjson", await ProblemAssert.IsProblemAsync(HttpStatusCode.UnsupportedMediaType, answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/jsonl")]
    [InlineData("application/octet-stream")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Whatever_a_program_may_call_an_export_is_taken(string? contentType)
    {
        using var answer = await _detector.PostExportAsync(Bytes(Some.Login()), contentType: contentType);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_second_backtest_at_a_time_is_refused_and_one_after_it_is_not()
    {
        var upload = new Pipe();
        var rule = _detector.Services.GetRequiredService<RuleBook>().Find(SomeExport.ResetRule)!;
        var first = _detector.Services.GetRequiredService<BacktestOfARule>()
            .TryRunAsync(rule, upload.Reader.AsStream(), TestContext.Current.CancellationToken);

        using var second = await _detector.PostExportAsync(Bytes(Some.Login()));
        await upload.Writer.CompleteAsync();
        await first;
        using var third = await _detector.PostExportAsync(Bytes(Some.Login()));

        Assert.Contains("Another backtest is under way", await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, second), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_export_may_be_longer_than_any_other_body(bool saysHowLong)
    {
        _detector.OnKestrel = true;
        var export = Encoding.UTF8.GetBytes(SomeExport.AsLines(Enumerable.Range(0, 3500).Select(_ => Some.Login()).Append(Some.FactorReset())));
        Assert.True(export.Length > 2_000_000);

        using var answer = await _detector.PostExportAsync(saysHowLong ? new ByteArrayContent(export) : new UnsizedContent(export));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var backtest = await answer.JsonAsync();
        Assert.Equal((3500, 1), (backtest.Count("notMatched"), backtest.Count("alerted")));
    }

    [Fact]
    public async Task The_example_in_Swagger_can_be_tried_and_shows_the_shape_of_the_answer()
    {
        var operation = (await SwaggerDocument.OfAsync(_detector)).Find("POST", "/api/rules/{id}/backtest");
        var answer = await _detector.BacktestAsync(operation.Json["requestBody"]!["content"]!["application/json"]!["example"]!.ToJsonString());

        Assert.Equal(1, answer.Count("alerted"));
        Assert.Equal(Names(operation.Example(200)!), Names(answer));
        Assert.Equal(Names(operation.Example(200)!["outcomes"]!), Names(answer["outcomes"]!));
        Assert.Equal(Names(operation.Example(200)!["records"]![0]!), Names(answer["records"]![0]!));
        Assert.Equal(Names(operation.Example(200)!["fullestWindows"]![0]!), Names(answer["fullestWindows"]![0]!));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static byte[] Bytes(JsonObject logEvent) => Encoding.UTF8.GetBytes(logEvent.ToJsonString());

    private static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(property => property.Key);

    // An alert that was withheld says so by its outcome; only the log repeats why.
    private static IReadOnlyList<string> WithoutReasonsOfTheWindow(IEnumerable<JsonNode?> items) =>
        items.Select(item => item!["outcome"]!.GetValue<string>() == "capped" ? new JsonObject { ["uuid"] = $"{item["uuid"]}", ["outcome"] = "capped" } : item).Verdicts();

    private async Task<JsonNode> AnnounceAsync(string target)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: new JsonObject
        {
            ["target"] = target,
            ["ticket"] = "HD-4711",
            ["approver"] = "grace@example.com",
            ["from"] = "2026-11-24T09:00:00Z",
            ["until"] = "2026-11-24T12:00:00Z",
        });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.JsonAsync();
    }
}
