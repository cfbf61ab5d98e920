using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using EventHookDetector.EventHook;
using EventHookDetector.Retention;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using FluentMigrator.Runner;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SQLitePCL;

namespace EventHookDetector.Tests.Retention;

/// <summary>What SQLite means to do for each statement: none may go through a table from end to end, for it may hold ten million rows.</summary>
[Trait("Engine", "Sqlite")]
public sealed partial class RetentionPlanTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new() { Settings = { ["Detection:MaxAlerts"] = "1" } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_statement_finds_its_rows_by_an_index()
    {
        foreach (var target in (string[])["one", "two", "three", "two", "two"]) await _detector.DeliverAsync(Some.FactorReset(target: $"{target}@example.com"));
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate"), Some.LogEvent("user.mfa.factor.deactivate"));
        await _detector.DeliverAsync(Some.LogEvent("user.mfa.factor.deactivate", target: "alone@example.com"));
        await _detector.DeliverAsync(SomeTargets.FactorReset("one@example.com", "four@example.com"));
        for (var n = 0; n < 2; n++) await _detector.EndAsync(await _detector.ExceptAsync("okta.actor.alternate_id:scanner@example.com"));
        await _detector.PostAsOperatorAsync("/api/expected-resets", new JsonObject
        {
            ["target"] = "ada.byron@example.com",
            ["ticket"] = "INC-1",
            ["approver"] = "grace@example.com",
            ["from"] = "2026-11-24T09:00:00Z",
            ["until"] = "2026-11-25T09:00:00Z",
        });
        _detector.Clock.Advance(TimeSpan.FromMinutes(10));
        await _detector.DispatchNotificationsAsync();
        _detector.Clock.Advance(TimeSpan.FromDays(500));
        var traced = new TracedDatabase(_detector.Services.GetRequiredService<Database>());
        await using var commit = new SharedCommit(
            traced, CommitTelemetry.Silent, _detector.Services.GetRequiredService<IOptions<StorageOptions>>(), _detector.Clock, NullLogger<SharedCommit>.Instance);
        await commit.StartAsync(Cancellation);
        var steps = new RetentionSteps(
            commit, traced, _detector.Services.GetRequiredService<Quarantine>(), _detector.Services.GetRequiredService<IOptions<RetentionOptions>>(), _detector.Clock);

        for (var round = 0; round < RetentionSteps.Slices; round++)
        {
            foreach (var step in steps.Of(round).Where(step => step.What != "items of the quarantine"))
            {
                await foreach (var _ in step.Batches) Assert.NotEmpty(traced.Seen);
            }
        }

        var plans = await PlansAsync(traced.Seen);
        Assert.Equal(
            ["alert_entries", "alert_targets", "alert_window_newcomers", "alert_windows", "alerts", "burst_targets", "bursts", "exception_items", "expected_resets", "merged_log_events", "notifications", "processed_log_events"],
            plans.Where(plan => plan.StartsWith("DELETE FROM ", StringComparison.Ordinal)).Select(plan => plan.Split(' ')[2]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(plans, plan => ScanOfATable().IsMatch(plan));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<IReadOnlyList<string>> PlansAsync(IEnumerable<string> statements)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(Cancellation);
        var plans = new List<string>();
        foreach (var sql in statements)
            plans.Add($"{sql}\n{string.Join('\n', (await connection.QueryAsync($"EXPLAIN QUERY PLAN {sql}")).Select(row => (string)row.detail))}");
        return plans;
    }

    // "oldest" are a hundred rows.
    [GeneratedRegex(@"^SCAN (?!oldest|CONSTANT ROW)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ScanOfATable();

    /// <summary>Writes down what is asked of SQLite, with the values in it.</summary>
    private sealed class TracedDatabase(Database inner) : Database
    {
        private readonly ConcurrentDictionary<string, string> _statements = new(StringComparer.Ordinal);

        public IEnumerable<string> Seen => _statements.Values;

        public override int Writers => inner.Writers;

        public override bool BlocksThreads => inner.BlocksThreads;

        public override string SkipLocked => inner.SkipLocked;

        public override string? Lock => inner.Lock;

        public override async Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken) => Trace(await inner.OpenForReadingAsync(cancellationToken));

        public override async Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken) => Trace(await inner.OpenForWritingAsync(cancellationToken));

        public override Statements StatementsOn(DbConnection connection) => inner.StatementsOn(connection);

        public override bool IsWorthAnotherTry(Exception fault) => inner.IsWorthAnotherTry(fault);

        public override bool IsUnavailable(Exception fault) => inner.IsUnavailable(fault);

        public override Task MigrateAsync(Action migrate, CancellationToken cancellationToken) => inner.MigrateAsync(migrate, cancellationToken);

        public override void ConfigureMigrations(IMigrationRunnerBuilder runner) => inner.ConfigureMigrations(runner);

        private DbConnection Trace(DbConnection connection)
        {
            raw.sqlite3_trace(((SqliteConnection)connection).Handle, (_, sql) =>
            {
                if (sql.StartsWith("SELECT", StringComparison.Ordinal) || sql.StartsWith("DELETE", StringComparison.Ordinal)) _statements[sql] = sql;
            }, null);
            return connection;
        }
    }
}
