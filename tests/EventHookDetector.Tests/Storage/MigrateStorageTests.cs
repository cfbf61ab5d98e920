using System.Text.Json.Nodes;
using EventHookDetector.Audit;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Storage;

/// <summary>A detector that worked on a file goes on with a server.</summary>
[Trait("Engine", "PostgreSql")]
public sealed class MigrateStorageTests : IAsyncDisposable
{
    private static readonly string[] Lists =
        ["/api/alerts?limit=200", "/api/notifications?limit=200", "/api/exceptions", "/api/expected-resets", "/api/windows", "/api/quarantine", "/api/log-events/told", "/api/log-events/capped", "/api/audit?limit=200"];

    private readonly StorageMove _move = new();

    [Fact]
    public async Task It_goes_on_as_if_nothing_had_happened()
    {
        IReadOnlyList<string> before;
        await using (var detector = Detector(_move.Source))
        {
            var refusing = detector.FarEnds["slack"];
            await WorkAsync(detector);
            Assert.NotEmpty(refusing.Received);
            before = await LookAsync(detector);
        }

        var command = await _move.RunAsync();
        Assert.Equal((0, ""), (command.ExitCode, command.ExitCode == 0 ? "" : command.Errors));
        Assert.Matches(@"alert_entries +3 +3  agree", command.Output);
        Assert.DoesNotContain("DIFFER", command.Output, StringComparison.Ordinal);

        await using var after = Detector(_move.Target);
        Assert.Equal(before, await LookAsync(after));

        // The chain holds, and goes on.
        Assert.Contains("Rows that hold: 5, ", (await _move.Target.VerifyAsync()).Said, StringComparison.Ordinal);
        after.Clock.Advance(AuditHead.LeaseLength);   // of the sealer that worked on the file
        await after.SealAuditAsync();
        Assert.Contains("Rows that hold: 8, ", (await _move.Target.VerifyAsync()).Said, StringComparison.Ordinal);

        // What was told is a duplicate, and what is pending is told.
        await after.DeliverAsync(Some.FactorReset(uuid: "told"), Some.FactorReset(uuid: "capped"));
        await after.DispatchNotificationsAsync();
        Assert.Equal(before.Count(IsAnAlert), (await LookAsync(after)).Count(IsAnAlert));
        Assert.Equal(["All MFA factors of", "3 MFA factors of"], after.FarEnds["slack"].Received.Select(notice => notice.Summary.Split(" ada.byron")[0]).OrderDescending());

        // The window goes on counting, and new numbers do not meet old ones.
        await after.DeliverAsync(Some.FactorReset(uuid: "one more"));
        Assert.Equal("capped", (await after.GetAsync("/api/log-events/one%20more"))["outcome"]!.GetValue<string>());
        var windows = (await after.GetAsync("/api/windows"))["items"]!.AsArray();
        Assert.Equal(3, Assert.Single(windows, window => window!["capped"]!.GetValue<int>() > 0)!["capped"]!.GetValue<int>());
        after.Clock.Advance(TimeSpan.FromMinutes(5));
        await after.DeliverAsync(Some.FactorReset(uuid: "next window"));
        Assert.Equal(windows.Count + 1, (await after.GetAsync("/api/windows"))["items"]!.AsArray().Count);
        var alert = (await after.GetAsync("/api/log-events/told"))["alertId"];
        await after.PostAsOperatorAsync($"/api/alerts/{alert}/notes", new JsonObject { ["note"] = "Still here." });
        Assert.Equal(4L, _move.Target.Read<long>("SELECT MAX(id) FROM alert_entries"));
    }

    [Fact]
    public async Task Values_of_every_kind_arrive()
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        _move.Source.Execute(
            """
            INSERT INTO quarantine (id, kind, reason, org, received_at, size, sha256, replayed_at, content) VALUES
              ('a', 'body', 'with a ' || char(0) || ' in it', NULL, 1795000000123456, 1, 'ü€😀', NULL, zeroblob(20000000)),
              ('b', 'body', CAST(X'61EDA08062' AS TEXT), '', -1, 9223372036854775807, '', 253402300799999999, X''),
              ('c', 'body', '', '''"\N', 0, 0, '', -62135596800000000, X'00FF5C');
            UPDATE storage_check SET written_at = 1795000000000001
            """);

        var command = await _move.RunAsync();

        Assert.Equal((0, ""), (command.ExitCode, command.ExitCode == 0 ? "" : command.Errors));
        Assert.Equal("with a \uFFFD in it", Of<string>("a", "reason"));
        Assert.Equal("ü€😀", Of<string>("a", "sha256"));
        Assert.Equal((true, true), (Of<bool>("a", "org IS NULL AND replayed_at IS NULL"), Of<bool>("b", "org = '' AND content = ''")));
        Assert.Equal("2026-11-18 11:06:40.123456", Of<string>("a", "(received_at AT TIME ZONE 'UTC')::text"));
        Assert.Equal("1969-12-31 23:59:59.999999", Of<string>("b", "(received_at AT TIME ZONE 'UTC')::text"));
        Assert.Equal("9999-12-31 23:59:59.999999", Of<string>("b", "(replayed_at AT TIME ZONE 'UTC')::text"));
        Assert.Equal((20_000_000, "\\x00ff5c"), (Of<int>("a", "length(content)"), Of<string>("c", "content::text")));
        Assert.Equal((long.MaxValue, "'\"\\N"), (Of<long>("b", "size"), Of<string>("c", "org")));
        Assert.Matches("^a\uFFFD+b$", Of<string>("b", "reason"));
        Assert.Equal(1L, _move.Target.Read<long>("SELECT COUNT(*) FROM storage_check WHERE written_at = '2026-11-18 11:06:40.000001Z'"));
    }

    [Fact]
    public async Task The_file_stays_as_it_was_even_with_what_a_crash_left_beside_it()
    {
        var crashing = _move.Prepare().WithSecretAndKey();
        await crashing.ListenAsync();
        using (var told = await crashing.DeliverAsync(Some.Delivery(Some.FactorReset(uuid: "before the crash")))) told.EnsureSuccessStatusCode();
        await crashing.KillAsync();
        Assert.NotEmpty(await ReadAsync($"{_move.SourceFile}-wal"));
        var (file, log) = (await ReadAsync(_move.SourceFile), await ReadAsync($"{_move.SourceFile}-wal"));

        var command = await _move.RunAsync();

        Assert.Equal(0, command.ExitCode);
        Assert.Equal(file, await ReadAsync(_move.SourceFile));
        Assert.Equal(log, await ReadAsync($"{_move.SourceFile}-wal"));
        Assert.Equal("before the crash", _move.Target.Read<string>("SELECT uuid FROM alerts"));
    }

    [Theory]
    [InlineData("NEW.note := NEW.note || '!'; RETURN NEW", @"alert_entries +1 +1  DIFFER in what they say")]
    [InlineData("RETURN NULL", @"alert_entries +1 +0  DIFFER\b")]
    public async Task What_does_not_agree_at_the_end_is_a_failure(string spoiling, string told)
    {
        await StorageMove.MakeTablesAsync(_move.Source);
        await StorageMove.MakeTablesAsync(_move.Target);
        _move.Source.Execute("INSERT INTO alert_entries (alert_id, at, done_by, step, note) VALUES ('a', 0, 'ada', 'noted', 'So')");
        _move.Target.Execute(
            $"""
            CREATE FUNCTION spoil() RETURNS trigger AS $$ BEGIN {spoiling}; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER spoil BEFORE INSERT ON alert_entries FOR EACH ROW EXECUTE FUNCTION spoil()
            """);

        var command = await _move.RunAsync();

        Assert.Equal(1, command.ExitCode);
        Assert.Matches(told, command.Output);
        Assert.Contains("do not start a detector on it", command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Everything is there", command.Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _move.DisposeAsync();

    private static DetectorApp Detector(TestStorage storage)
    {
        var detector = new DetectorApp(storage);
        detector.Settings["Detection:MaxAlerts"] = "2";
        detector.WithNotifier("slack");
        return detector;
    }

    /// <summary>Leaves something in every table that the detector writes to.</summary>
    private static async Task WorkAsync(DetectorApp detector)
    {
        await detector.ExceptAsync("okta.actor.alternate_id:\"scanner@example.com\"");
        foreach (var target in (string[])["grace@example.com", "lovelace@example.com"])
        {
            using var announced = await detector.AskAsync(HttpMethod.Post, "/api/expected-resets", body: new JsonObject
            {
                ["target"] = target,
                ["ticket"] = "HD-4711",
                ["approver"] = "grace@example.com",
                ["from"] = "2026-11-24T09:00:00Z",
                ["until"] = "2026-11-24T12:00:00Z",
            });
            announced.EnsureSuccessStatusCode();
        }

        await detector.DeliverAsync(Some.FactorReset(uuid: "told", target: "first@example.com"));
        await detector.DispatchNotificationsAsync();
        await detector.DeliverAsync(Some.FactorReset(uuid: "pending"));
        await detector.DeliverAsync(Some.FactorReset(uuid: "capped"), Some.FactorReset(uuid: "also capped"));
        await detector.DeliverAsync(
            Some.FactorReset(target: "grace@example.com"), Some.FactorReset(actor: "scanner@example.com"), Some.LogEvent("user.mfa.factor.deactivate", target: "lone@example.com"));
        await detector.PostAsync("{");
        await detector.SealAuditAsync();   // what is done from here on waits for it

        var alert = (await detector.GetAsync("/api/log-events/told"))["alertId"];
        await detector.PostAsOperatorAsync($"/api/alerts/{alert}/acknowledge");
        await detector.PostAsOperatorAsync($"/api/alerts/{alert}/notes", new JsonObject { ["note"] = "Called the owner: \u00fc\u20ac\U0001F600" });
        await detector.PostAsOperatorAsync($"/api/alerts/{alert}/close", new JsonObject { ["verdict"] = "benign", ["note"] = "Lost phone." });
        await detector.PostAsync(Some.Sample("identity-engine-reset"));
    }

    /// <summary>All that an operator can see.</summary>
    private static async Task<IReadOnlyList<string>> LookAsync(DetectorApp detector)
    {
        var seen = new List<string>();
        foreach (var list in Lists) seen.Add($"{list} {(await detector.GetAsync(list)).ToJsonString()}");
        foreach (var alert in await detector.AlertsAsync()) seen.Add((await detector.GetAsync($"/api/alerts/{alert["id"]}")).ToJsonString());
        return seen;
    }

    private static bool IsAnAlert(string seen) => seen.StartsWith("{\"id\"", StringComparison.Ordinal);

    private T Of<T>(string id, string column) => _move.Target.Read<T>($"SELECT {column} FROM quarantine WHERE id = '{id}'");

    private static async Task<byte[]> ReadAsync(string file) => await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
}
