using System.Security.Cryptography;
using System.Text;
using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>How many alerts each window of each rule holds, and how many it had no room for.</summary>
internal static class AlertWindows
{
    /// <returns>True if the window had room; then one place less is left. Exactly as many callers win as there are places.</returns>
    public static async Task<bool> TryTakeSlotAsync(
        DetectorTransaction transaction, string ruleId, AlertWindow window, int cap) =>
        await transaction.ExecuteAsync(
            """
            INSERT INTO alert_windows (rule_id, window_start, window_end, cap, alerted, capped)
            VALUES (@RuleId, @Start, @End, @Cap, 1, 0)
            ON CONFLICT (rule_id, window_start, window_end) DO UPDATE SET alerted = alert_windows.alerted + 1, cap = excluded.cap
            WHERE alert_windows.alerted < excluded.cap
            """,
            ruleId, window.Start, window.End, cap) == 1;

    /// <summary>
    /// The way around a full window: for the first log event of a target or an actor that no alert of this window names, and for the
    /// first one that is more severe than all alerts of this window with its target and actor. It has a ceiling of its own.
    /// </summary>
    /// <param name="raisedTo">The severity, if facts have raised it; null otherwise.</param>
    public static async Task<bool> TryPassFullWindowAsync(
        DetectorTransaction transaction, string ruleId, AlertWindow window, int ceiling, string? actor, IReadOnlyList<string> targets, AlertSeverity? raisedTo)
    {
        var mayPass = await TryAddNewcomerAsync(transaction, ruleId, window, "actor", actor ?? "");
        foreach (var target in targets)
        {
            mayPass |= await TryAddNewcomerAsync(transaction, ruleId, window, "target", target, AndNoFurtherTarget)
                | (raisedTo is { } severity && await TryAddMoreSevereAsync(transaction, ruleId, window, actor ?? "", target, severity));
        }

        return mayPass && await transaction.ExecuteAsync(
            """
            UPDATE alert_windows SET alerted = alerted + 1
            WHERE rule_id = @RuleId AND window_start = @Start AND window_end = @End AND alerted < @Ceiling
            """,
            ruleId, window.Start, window.End, ceiling) == 1;
    }

    /// <returns>True for exactly one caller per pair and severity, and for none if an alert of this window is as severe for that pair.</returns>
    private static async Task<bool> TryAddMoreSevereAsync(
        DetectorTransaction transaction, string ruleId, AlertWindow window, string actor, string target, AlertSeverity severity)
    {
        var asSevere = string.Join(", ", Enum.GetValues<AlertSeverity>().Where(other => other >= severity).Select(other => $"'{other.ToColumn()}'"));
        return await transaction.ExecuteAsync(
            $"""
            INSERT INTO alert_window_newcomers (rule_id, window_start, window_end, role, name)
            SELECT @RuleId, @Start, @End, @Role, @Name
            WHERE NOT EXISTS (
                SELECT 1 FROM alerts
                WHERE rule_id = @RuleId AND outcome = 'alerted' AND id >= @First AND id < @Behind
                  AND window_start = @Start AND window_end = @End AND severity IN ({asSevere})
                  AND COALESCE(actor_id, actor_login, '') = @Actor
                  AND (COALESCE(target_id, target_login, '') = @Target
                    OR 0 < (SELECT COUNT(*) FROM alert_targets WHERE alert_id = alerts.id AND COALESCE(alert_targets.target_id, alert_targets.target_login) = @Target)))
            ON CONFLICT DO NOTHING
            """,
            ruleId, window.Start, window.End, severity.ToColumn(), NameOfPair(actor, target),
            AlertIds.FirstAt(window.Start), AlertIds.FirstAt(window.End), actor, target) == 1;
    }

    private const string AndNoFurtherTarget =
        """
        AND 0 = (
            SELECT COUNT(*) FROM alert_targets JOIN alerts ON alerts.id = alert_targets.alert_id
            WHERE (alert_targets.target_id = @Name OR (alert_targets.target_id IS NULL AND alert_targets.target_login = @Name))
              AND rule_id = @RuleId AND outcome = 'alerted' AND alert_id >= @First AND alert_id < @Behind
              AND window_start = @Start AND window_end = @End)
        """;

    // Two names together may be longer than an index takes.
    private static string NameOfPair(string actor, string target) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{actor}\0{target}")));

    /// <returns>True for exactly one caller per name, and for none if an alert of this window names it.</returns>
    private static async Task<bool> TryAddNewcomerAsync(
        DetectorTransaction transaction, string ruleId, AlertWindow window, string role, string name, string andNot = "") =>
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO alert_window_newcomers (rule_id, window_start, window_end, role, name)
            SELECT @RuleId, @Start, @End, @Role, @Name
            WHERE NOT EXISTS (
                SELECT 1 FROM alerts
                WHERE rule_id = @RuleId AND outcome = 'alerted' AND id >= @First AND id < @Behind
                  AND window_start = @Start AND window_end = @End
                  AND COALESCE({role}_id, {role}_login, '') = @Name)
              {andNot}
            ON CONFLICT DO NOTHING
            """,
            ruleId, window.Start, window.End, role, name, AlertIds.FirstAt(window.Start), AlertIds.FirstAt(window.End)) == 1;

    /// <summary>
    /// One more that the window had no room for. If its digest has gone out before (a delivery that took long to commit, a clock
    /// that was set back), it owes another one: what is withheld is never left untold.
    /// </summary>
    public static Task CountCappedAsync(
        DetectorTransaction transaction, string ruleId, AlertWindow window) =>
        transaction.ExecuteAsync(
            """
            UPDATE alert_windows SET capped = capped + 1, capped_at = @Now, digest_at = NULL
            WHERE rule_id = @RuleId AND window_start = @Start AND window_end = @End
            """,
            transaction.Now, ruleId, window.Start, window.End);

    // A big delivery can still be at it when its window is long over; a digest in the middle would have to be followed by more.
    // And a window of the future is over too: the clock was set back, and it would be told only when it has come again.
    private const string Owed =
        """
        capped > 0 AND digest_at IS NULL AND (
            (window_end <= @EndedBefore AND (capped_at IS NULL OR capped_at <= @EndedBefore))
            OR (window_start > @Ahead AND capped_at > @Ahead))
        """;

    // By how much the clocks of replicas may differ.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>Whether a window is over whose digest is still owed; asked often, so it only reads.</summary>
    public static async Task<bool> IsAnyOwedAsync(Database database, DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT EXISTS (SELECT 1 FROM alert_windows WHERE {Owed})",
            new { EndedBefore = endedBefore, Ahead = endedBefore + Tolerance },
            cancellationToken: cancellationToken));
    }

    /// <summary>Closes windows that withheld something, each for exactly one caller, who then owes it a digest.</summary>
    public static async Task<IReadOnlyList<ClosedWindow>> CloseAsync(DetectorTransaction transaction, DateTimeOffset endedBefore) =>
        [.. await transaction.QueryAsync<ClosedWindow>(
            $"""
            UPDATE alert_windows SET digest_at = @Now
            WHERE {Owed}
            RETURNING rule_id, window_start, window_end, alerted, capped
            """,
            transaction.Now, endedBefore, transaction.Now + Tolerance)];
}

/// <summary>A window that is over: how many alerts it told, and how many it withheld.</summary>
internal sealed record ClosedWindow
{
    public required string RuleId { get; init; }

    public required DateTimeOffset WindowStart { get; init; }

    public required DateTimeOffset WindowEnd { get; init; }

    public required long Alerted { get; init; }

    public required long Capped { get; init; }
}

[Migration(202611240003, "Windows")]
public sealed class CreateAlertWindows : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE alert_windows (
            id {id},
            rule_id TEXT NOT NULL,
            window_start {time} NOT NULL,
            window_end {time} NOT NULL,
            cap INTEGER NOT NULL,
            alerted INTEGER NOT NULL,
            capped INTEGER NOT NULL,
            digest_at {time} NULL,
            UNIQUE (rule_id, window_start, window_end)
        );
        CREATE INDEX alert_windows_owed ON alert_windows (window_end) WHERE capped > 0 AND digest_at IS NULL
        """;
}

[Migration(202611240008, "Newcomers of full windows")]
public sealed class CreateAlertWindowNewcomers : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE alert_window_newcomers (
            rule_id TEXT NOT NULL,
            window_start {time} NOT NULL,
            window_end {time} NOT NULL,
            role TEXT NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (rule_id, window_start, window_end, role, name)
        ) WITHOUT ROWID;
        DROP INDEX alerts_capped;
        CREATE INDEX alerts_window ON alerts (rule_id, window_start, outcome)
        """;
}

[Migration(202611240050, "When a window last withheld something")]
public sealed class AddCappedAt : SqlMigration
{
    protected override string Sql => "ALTER TABLE alert_windows ADD COLUMN capped_at {time} NULL";
}
