using System.Security.Cryptography;
using System.Text;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>
/// Of each target, the reset that was heard of last: what belongs to it is merged into its alert. The row of a target is also
/// what two who race about that target wait for, so every way through here begins with it.
/// </summary>
internal static class Bursts
{
    /// <summary>
    /// One row for each target, and one more for what people do to their own account. Resets of factors are one thing, whichever
    /// rule found them; other rules keep to themselves.
    /// </summary>
    /// <param name="ruleId">The rule it matches.</param>
    /// <param name="eventType">Okta's word for what was done.</param>
    /// <param name="org">Where.</param>
    /// <param name="target">An id of Okta's, or a login.</param>
    /// <param name="isSelf">Whether the target did it.</param>
    public static byte[] KeyOf(string ruleId, string? eventType, string? org, string? target, bool isSelf)
    {
        var group = FactorResets.Include(eventType) ? "factors" : ruleId;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{group}\n{org}\n{AlertRecord.Searchable(target)}\n{isSelf}"), hash);
        return hash[..16].ToArray();
    }

    // What nobody was told of takes in only more by the same hand: another actor may be the attacker. And each reset of all
    // factors is one of its own, unless it is the first word for what was told factor by factor.
    private const string TakesIn =
        """
        bursts.alert_id IS NOT NULL
        AND (bursts.began_at BETWEEN @Earliest AND @Latest OR COALESCE(bursts.transaction_id = @TransactionId, FALSE))
        AND (bursts.untold_by IS NULL OR bursts.untold_by = @Performer)
        AND NOT (bursts.holds_reset_all AND @IsResetAll)
        """;

    /// <returns>
    /// The id of the alert that this belongs to, which is its own if it begins one; null if it is alone so far and waits for more.
    /// </returns>
    public static async Task<string?> FindAlertAsync(DetectorTransaction transaction, BurstPart part, CancellationToken cancellationToken)
    {
        if (part.AtLeast <= 1)
            return await TryBeginAsync(transaction, part, cancellationToken) ? part.AlertId : await JoinAsync(transaction, part, cancellationToken);

        if (!await TryLockUnlessTakenInAsync(transaction, part, cancellationToken)) return await JoinAsync(transaction, part, cancellationToken);

        var waiting = await MergedLogEvents.CountWaitingAsync(transaction, part);
        if (waiting + 1 < part.AtLeast) return null;

        await TryBeginAsync(transaction, part, cancellationToken);
        return part.AlertId;
    }

    /// <summary>Nobody was told of it: from now on it takes in only what the same actor did in the same way.</summary>
    public static Task MarkUntoldAsync(DetectorTransaction transaction, BurstPart part, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "UPDATE bursts SET untold_by = @Performer WHERE target = @Target AND alert_id = @AlertId",
            cancellationToken, part.Performer, part.Target, part.AlertId);

    /// <summary>Somebody has given a verdict on it, and it takes in nothing more: what comes now is news.</summary>
    public static Task CloseAsync(DetectorTransaction transaction, Alert alert, CancellationToken cancellationToken)
    {
        var target = KeyOf(
            alert.Rule.Id, alert.EventType, alert.Org, alert.TargetUser?.Id ?? alert.TargetUser?.AlternateId, alert.Kind == ActorKind.Self);
        return transaction.ExecuteAsync(
            "UPDATE bursts SET alert_id = NULL WHERE target = @Target AND alert_id = @AlertId", cancellationToken, target, alert.Id);
    }

    private static async Task<bool> TryBeginAsync(DetectorTransaction transaction, BurstPart part, CancellationToken cancellationToken)
    {
        var begun = await transaction.ExecuteAsync(
            $"""
            INSERT INTO bursts (target, alert_id, began_at, transaction_id, holds_reset_all)
            VALUES (@Target, @AlertId, @At, @TransactionId, @IsResetAll)
            ON CONFLICT (target) DO UPDATE
            SET alert_id = excluded.alert_id, began_at = excluded.began_at, transaction_id = excluded.transaction_id,
                holds_reset_all = excluded.holds_reset_all, untold_by = NULL
            WHERE NOT ({TakesIn})
            """,
            cancellationToken,
            part.Target, part.AlertId, part.At, part.TransactionId, part.IsResetAll, part.Earliest, part.Latest, part.Performer) == 1;
        if (begun) await MergedLogEvents.TakeWaitingAsync(transaction, part, cancellationToken);
        return begun;
    }

    private static async Task<bool> TryLockUnlessTakenInAsync(DetectorTransaction transaction, BurstPart part, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO bursts (target, holds_reset_all) VALUES (@Target, FALSE)
            ON CONFLICT (target) DO UPDATE SET target = excluded.target
            WHERE NOT ({TakesIn})
            """,
            cancellationToken,
            part.Target, part.Earliest, part.Latest, part.TransactionId, part.Performer, part.IsResetAll) == 1;

    private static async Task<string> JoinAsync(DetectorTransaction transaction, BurstPart part, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            "UPDATE bursts SET holds_reset_all = holds_reset_all OR @IsResetAll WHERE target = @Target",
            cancellationToken, part.IsResetAll, part.Target);
        return (await transaction.QueryAsync<string>("SELECT alert_id FROM bursts WHERE target = @Target", new { part.Target })).Single();
    }
}

/// <summary>A log event that may be one of several about the same target.</summary>
/// <param name="Target">See <see cref="Bursts.KeyOf"/>.</param>
/// <param name="AlertId">What its alert would be called.</param>
/// <param name="At">When it happened.</param>
/// <param name="Within">How far from it others may have happened.</param>
/// <param name="AtLeast">How many of its kind make an alert; 1 if it does so by itself.</param>
/// <param name="TransactionId">Okta's; null if it names none.</param>
/// <param name="Performer">Who did it and how: actor, address, API token.</param>
/// <param name="IsResetAll">Whether it is about all factors at once.</param>
internal sealed record BurstPart(
    byte[] Target, string AlertId, DateTimeOffset At, TimeSpan Within, int AtLeast, string? TransactionId, string Performer, bool IsResetAll)
{
    // At the ends of all time, where only a clock that is broken can be, there is no room for that.
    public DateTimeOffset Earliest => At - DateTimeOffset.MinValue > Within ? At - Within : DateTimeOffset.MinValue;

    public DateTimeOffset Latest => DateTimeOffset.MaxValue - At > Within ? At + Within : DateTimeOffset.MaxValue;
}

[Migration(202611240030, "Bursts")]
public sealed class CreateBursts : ForwardOnlyMigration
{
    public override void Up() => Execute.Sql(
        """
        CREATE TABLE bursts (
            target BLOB NOT NULL PRIMARY KEY,
            alert_id TEXT NULL,
            began_at INTEGER NULL,
            transaction_id TEXT NULL,
            holds_reset_all BOOLEAN NOT NULL,
            untold_by TEXT NULL
        ) WITHOUT ROWID
        """);
}
