using System.Net;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>The audit, as tests read it and as somebody with the database's password would change it.</summary>
internal static class SomeAudit
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<IReadOnlyList<JsonNode>> AuditAsync(this DetectorApp detector, string filter = "") =>
        [.. (await detector.GetAsync($"/api/audit?limit=200{filter}"))["items"]!.AsArray().Select(row => row!)];

    public static async Task<string> HeadAsync(this DetectorApp detector) => (string)(await detector.GetAsync("/api/audit?limit=1"))["head"]!["hash"]!;

    public static async Task<string> ExportAuditAsync(this DetectorApp detector)
    {
        using var response = await detector.AskAsync(HttpMethod.Get, "/api/audit/export");
        Assert.Equal((HttpStatusCode.OK, "application/x-ndjson"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    /// <summary>Writes notes to an alert, one row of the audit each, and has them sealed.</summary>
    public static async Task NoteAsync(this DetectorApp detector, int count)
    {
        await detector.DeliverAsync(Some.FactorReset());
        var alert = Assert.Single(await detector.AlertsAsync());
        for (var n = 1; n <= count; n++)
        {
            await detector.PostAsOperatorAsync($"/api/alerts/{alert["id"]}/notes", new JsonObject { ["note"] = $"Note {n}." });
            detector.Clock.Advance(TimeSpan.FromSeconds(1));
            await detector.SealAuditAsync();
        }
    }

    /// <summary>Runs it behind the detector's back, past the triggers that stand in the way.</summary>
    public static void TamperWith(this TestStorage storage, string sql)
    {
        foreach (var (trigger, table) in (ReadOnlySpan<(string, string)>)[("audit_entries_stay", "audit_entries"), ("audit_entries_as_written", "audit_entries"), ("audit_head_forward", "audit_head")])
            storage.Execute($"DROP TRIGGER IF EXISTS {trigger}{(TestStorage.IsPostgreSql ? $" ON {table}" : "")}");
        storage.Execute(sql);
    }

    /// <summary>Calls verify-audit on the database.</summary>
    public static async Task<(int ExitCode, string Said)> VerifyAsync(this TestStorage storage, params string[] words)
    {
        await using var command = new DetectorProcess();
        foreach (var (key, value) in storage.Settings) command.Settings[key] = value;
        var exitCode = await command.RunAsync(["verify-audit", .. words]);
        return (exitCode, exitCode == 2 ? command.Errors : command.Output);
    }
}
