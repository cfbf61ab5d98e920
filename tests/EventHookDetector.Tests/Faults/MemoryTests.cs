using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>Digests, lists, previews and single alerts over more log events than the process may hold.</summary>
public sealed class MemoryTests : IAsyncDisposable
{
    private const string RuleId = "729aa18d-06a6-41c7-b175-b65b739b1181";

    private static readonly DateTimeOffset At = TimeProvider.System.GetUtcNow().AddHours(-1);
    private static readonly AlertWindow Window = AlertWindow.Of(At, TimeSpan.FromMinutes(5));

    // 256 MB, in hexadecimal digits, as the runtime reads it. What each test stores is more than that.
    private readonly DetectorProcess _detector = new DetectorProcess { Settings = { ["DOTNET_GCHeapHardLimit"] = "10000000" } }.WithSecretAndKey();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_digest_of_more_log_events_than_fit_into_memory_is_sent()
    {
        await using var server = await RecordingServer.StartAsync();
        var sent = new TaskCompletionSource();
        server.Answer = _ =>
        {
            sent.TrySetResult();
            return Task.CompletedTask;
        };
        _detector.Settings["Notifiers:far:Type"] = "webhook";
        _detector.Settings["Notifiers:far:Url"] = $"{server.Url}";
        _detector.Settings["Notifiers:far:Secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        _detector.Settings["Notifiers:far:AllowPrivateAddresses"] = "true";
        await _detector.ListenAsync();
        StoreAlerts(5_000, "capped", 60_000);
        _detector.Storage.Execute(
            $"""
            INSERT INTO alert_windows (rule_id, window_start, window_end, cap, alerted, capped, capped_at)
            VALUES ('{RuleId}', {Time(Window.Start)}, {Time(Window.End)}, 100, 100, 5000, {Time(At)})
            """);

        await Task.WhenAny(sent.Task, _detector.EndAsync());

        Assert.True(sent.Task.IsCompleted, _detector.Errors);
        var digest = JsonNode.Parse(Assert.Single(server.Requests).Body)!;
        Assert.Equal(("window.digest", 5000, 5000, 1), ((string?)digest["type"], (int)digest["data"]!["capped"]!, (int)digest["data"]!["targetCount"]!, (int)digest["data"]!["actorCount"]!));
        Assert.InRange(server.Requests.Single().Body.Length, 1, 20_000);
        await AssertLivesAsync();
    }

    [Fact]
    public async Task A_list_and_a_preview_of_more_log_events_than_fit_into_memory_are_answered()
    {
        await _detector.ListenAsync();
        StoreAlerts(40, "alerted", 8_000_000);

        foreach (var order in (string[])["", "&sort=severity"])
        {
            using var response = await AskAsync(HttpMethod.Get, $"/api/alerts?limit=200{order}");
            var items = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["items"]!.AsArray();
            Assert.Equal(40, items.Count);
            Assert.All(items, alert => Assert.False(alert!.AsObject().ContainsKey("raw")));
        }

        using var preview = await AskAsync(
            HttpMethod.Post, "/api/exceptions/preview", """{"condition":"okta.actor.alternate_id:\"eve@example.com\" and source.ip:\"198.51.100.23\""}""");
        Assert.Equal(40, (int)JsonNode.Parse(await preview.Content.ReadAsStringAsync(Cancellation))!["examined"]!);
        await AssertLivesAsync();
    }

    [Fact]
    public async Task An_alert_of_more_parts_than_fit_into_memory_is_shown_whole()
    {
        await _detector.ListenAsync();
        StoreAlerts(1, "alerted", 8_000_000);
        var key = TestStorage.IsPostgreSql ? "convert_to(lpad(i::text, 16, '0'), 'UTF8')" : "CAST(printf('%016d', i) AS BLOB)";
        _detector.Storage.Execute(
            $"""
            INSERT INTO merged_log_events (key, burst, alert_id, rule_id, at, actor, performer, uuid, event_type, received_at, raw)
            WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < 300)
            SELECT {key}, {key}, '{IdOf(0)}', '{RuleId}', {Time(At)}, 'eve', 'eve', 'part-' || i, 'user.mfa.factor.deactivate', {Time(At)}, {RawOf(1_000_000)}
            FROM numbers
            """);

        using var alert = await AskAsync(HttpMethod.Get, $"/api/alerts/{IdOf(0)}");
        var length = await CountAsync(alert);
        using var list = await AskAsync(HttpMethod.Get, "/api/alerts?limit=200");
        var items = JsonNode.Parse(await list.Content.ReadAsStringAsync(Cancellation))!["items"]!.AsArray();

        Assert.InRange(length, 308_000_000, 309_000_000);
        Assert.Equal(300, Assert.Single(items)!["merged"]!.AsArray().Count);
        await AssertLivesAsync();
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    private void StoreAlerts(int count, string outcome, int bytes)
    {
        var digits = TestStorage.IsPostgreSql ? "lpad(to_hex(i), 12, '0')" : "printf('%012x', i)";
        _detector.Storage.Execute(
            $"""
            INSERT INTO alerts (
                id, outcome, status, severity, risk_score, rule_id, rule_name, rule_version, uuid, event_type, received_at,
                actor_id, actor_login, target_id, target_login, window_start, window_end, late, raw, raw_sha256)
            WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {count})
            SELECT '{IdOf(0)[..24]}' || {digits}, '{outcome}', 'open', 'low', 21, '{RuleId}', 'a rule', 1, 'uuid-' || i, 'user.mfa.factor.reset_all', {Time(At)},
                'eve', 'eve@example.com', 'id-' || i, 'target-' || i || '@example.com', {Time(Window.Start)}, {Time(Window.End)}, FALSE, {RawOf(bytes)}, 'hash'
            FROM numbers
            """);
    }

    private static string IdOf(int number) => $"{AlertIds.FirstAt(At)[..24]}{number:x12}";

    private static string RawOf(int bytes) => TestStorage.IsPostgreSql
        ? $$"""convert_to('{"padding":"' || repeat('0', {{bytes}}) || '"}', 'UTF8')"""
        : $$"""CAST('{"padding":"' || hex(zeroblob({{bytes / 2}})) || '"}' AS BLOB)""";

    private static string Time(DateTimeOffset time) => TestStorage.IsPostgreSql ? $"'{time:O}'::timestamptz" : $"{ColumnValue.ToMicroseconds(time)}";

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            var response = await _detector.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode} {_detector.Output}");
            return response;
        }
        catch (HttpRequestException fault)
        {
            throw new InvalidOperationException(_detector.Errors, fault);
        }
    }

    private static async Task<long> CountAsync(HttpResponseMessage response)
    {
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        var (block, length) = (new byte[64 * 1024], 0L);
        for (var read = 1; read > 0; length += read) read = await body.ReadAsync(block, Cancellation);
        return length;
    }

    private async Task AssertLivesAsync()
    {
        using var live = await _detector.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }
}
