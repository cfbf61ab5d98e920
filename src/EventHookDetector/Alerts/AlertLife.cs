using System.Text.Json;
using Dapper;
using EventHookDetector.Audit;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>What people do with an alert: acknowledge it, write notes, close it with a verdict. Each step is kept with who and when.</summary>
internal sealed class AlertLife(SharedCommit commit)
{
    /// <returns>False if somebody has already acknowledged or closed it: of two who try at once, one wins.</returns>
    public Task<bool> TryAcknowledgeAsync(string id, string by, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            var won = await transaction.ExecuteAsync(
                "UPDATE alerts SET status = 'acknowledged' WHERE id = @Id AND status = 'open'", id) == 1;
            if (!won) return false;

            await WriteAsync(transaction, id, by, AlertStep.Acknowledged, note: null);
            await AuditTrail.AddAsync(transaction, AuditAct.AlertAcknowledged, by, id);
            return true;
        },
        cancellationToken);

    /// <returns>False if it is closed already.</returns>
    public Task<bool> TryCloseAsync(Alert alert, string by, AlertVerdict verdict, string? note, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            var won = await transaction.ExecuteAsync(
                "UPDATE alerts SET status = 'closed', verdict = @Verdict WHERE id = @Id AND status <> 'closed'",
                verdict.ToColumn(), alert.Id) == 1;
            if (!won) return false;

            await WriteAsync(transaction, alert.Id, by, AlertStep.Closed, note);
            await AuditTrail.AddAsync(transaction, AuditAct.AlertClosed, by, alert.Id, new { verdict, note });
            await Bursts.CloseAsync(transaction, alert.Id);
            return true;
        },
        cancellationToken);

    public Task NoteAsync(string id, string by, string note, CancellationToken cancellationToken) => commit.RunAsync(
        async transaction =>
        {
            await WriteAsync(transaction, id, by, AlertStep.Note, note);
            return await AuditTrail.AddAsync(transaction, AuditAct.AlertNoted, by, id, new { note });
        },
        cancellationToken);

    public static async Task<IReadOnlyList<AlertEntry>> EntriesAsync(
        System.Data.Common.DbConnection connection, IEnumerable<string> alertIds, CancellationToken cancellationToken)
    {
        var where = new Where().AndIn("alert_id", alertIds);
        return [.. await connection.QueryAsync<AlertEntry>(new CommandDefinition(
            $"SELECT alert_id, at, done_by, step, note FROM alert_entries {where} ORDER BY id", where.Values, cancellationToken: cancellationToken))];
    }

    public static Task<int> WriteAsync(
        DetectorTransaction transaction, string id, string by, AlertStep step, string? note) =>
        transaction.ExecuteAsync(
            "INSERT INTO alert_entries (alert_id, at, done_by, step, note) VALUES (@AlertId, @At, @By, @Step, @Note)",
            id, transaction.Now, by, step.ToString(), note);
}

/// <summary>What an alert turned out to be.</summary>
internal enum AlertVerdict
{
    /// <summary>An attack, or a reset that should not have happened.</summary>
    TruePositive,

    /// <summary>Nothing that the rule should have told.</summary>
    FalsePositive,

    /// <summary>It happened as told, and was meant to.</summary>
    Benign,
}

/// <summary>What somebody did with an alert.</summary>
internal enum AlertStep
{
    Acknowledged,
    Closed,
    Note,
}

/// <summary>One step in an alert's life.</summary>
internal sealed record AlertEntry
{
    public required string AlertId { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string DoneBy { get; init; }

    public required AlertStep Step { get; init; }

    public string? Note { get; init; }

    public TimelineEntry ToTimeline(AlertVerdict? verdict)
    {
        var what = Step switch
        {
            AlertStep.Acknowledged => $"Acknowledged by {DoneBy}.",
            AlertStep.Closed => $"Closed by {DoneBy} as {JsonNamingPolicy.CamelCase.ConvertName($"{verdict}")}.",
            _ => $"Note by {DoneBy}.",
        };
        return new(At, Note is null ? what : $"{what} {Note}");
    }
}

[Migration(202611240007, "The life of an alert")]
public sealed class AddAlertLife : SqlMigration
{
    protected override string Sql =>
        """
        ALTER TABLE alerts ADD COLUMN verdict TEXT NULL;
        CREATE TABLE alert_entries (
            id {id},
            alert_id TEXT NOT NULL,
            at {time} NOT NULL,
            done_by TEXT NOT NULL,
            step TEXT NOT NULL,
            note TEXT NULL
        );
        CREATE INDEX alert_entries_alert ON alert_entries (alert_id, id)
        """;
}
