using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using EventHookDetector.Okta;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>
/// The resets that were heard of, one for each alert: what belongs to one of them is merged into its alert. Some rows wait
/// in <see cref="MergedLogEvents"/> for a reset to become part of.
/// </summary>
internal static class Bursts
{
    /// <summary>
    /// The account it is about; what people do to their own is another matter. Resets of factors are one thing, whichever rule
    /// found them; other rules keep to themselves.
    /// </summary>
    /// <param name="ruleId">The rule it matches.</param>
    /// <param name="logEvent">What was done.</param>
    /// <param name="isSelf">Whether the target did it.</param>
    public static byte[] KeyOf(string ruleId, LogEvent logEvent, bool isSelf)
    {
        // Okta names one account. Should it ever name two, their reset is one of its own, and merges into neither's.
        var targets = string.Join(' ', logEvent.Fields.TargetUsers.Select(target => AlertRecord.Searchable(target.Key)));
        var group = FactorResets.Include(logEvent.EventType) ? "factors" : ruleId;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{group}\n{logEvent.Org}\n{targets}\n{isSelf}"), hash);
        return hash[..16].ToArray();
    }

    // What was told takes in more by whoever is part of it: another actor may be the attacker, and has to be told. What was not
    // told takes in less: only more by the same hand. And each reset of all factors is one of its own, unless it is the first
    // word for what was told factor by factor. A flood of them must not make each cost more than the last, so what holds one
    // already stands elsewhere in the index.
    // It counts where it could ask EXISTS, for which PostgreSQL might read all that was ever merged.
    public static string TakesIn(BurstPart part) =>
        $"""
        bursts.target = @Target AND bursts.holds_reset_all {(part.IsResetAll ? "= FALSE" : "IN (FALSE, TRUE)")} AND bursts.began_at BETWEEN @DayBefore AND @DayAfter
        AND (bursts.began_at BETWEEN @Earliest AND @Latest OR bursts.transaction_id = @TransactionId)
        AND (bursts.actor = @Actor
            OR 0 < (SELECT COUNT(*) FROM merged_log_events WHERE merged_log_events.alert_id = bursts.alert_id AND merged_log_events.actor = @Actor))
        AND (bursts.untold_by IS NULL OR bursts.untold_by = @Performer)
        """;

    private const string NothingWaits = $"AND 0 = (SELECT COUNT(*) FROM merged_log_events WHERE {MergedLogEvents.Waiting})";

    /// <summary>Finds the alert it belongs to, or makes it one that others will belong to, or lets it wait for more.</summary>
    public static async Task<BurstPlace> PlaceAsync(DetectorTransaction transaction, BurstPart part)
    {
        // That it is the first, and that nothing waits for it, is decided by one statement, with others of the same commit beside it.
        // What becomes of an alert that begins beside it, it could not know: so whatever else it may be is decided alone.
        var locking = transaction.LockAsync(part.Target);
        var begun = part.AtLeast == 1 ? await TryBeginAsync(transaction, part, NothingWaits) : null;
        await locking;
        if (begun is not null) return begun;

        await transaction.AloneAsync();
        if (await MergedLogEvents.TryAddAsync(transaction, part) is not { } place)
            return await TryBeginAsync(transaction, part) ?? throw new InvalidOperationException("A reset began beside one that is alone.");

        if (part.IsResetAll) await transaction.ExecuteAsync("UPDATE bursts SET holds_reset_all = TRUE WHERE alert_id = @AlertId", place.AlertId);
        return place;
    }

    /// <summary>
    /// Nobody was told of it: from now on it takes in only what the same actor did in the same way, and what another did before
    /// waits again.
    /// </summary>
    public static async Task MarkUntoldAsync(DetectorTransaction transaction, BurstPart part)
    {
        await transaction.ExecuteAsync(
            "UPDATE bursts SET untold_by = @Performer WHERE alert_id = @AlertId", part.Performer, part.AlertId);
        await MergedLogEvents.LetGoOfOthersAsync(transaction, part);
    }

    /// <summary>Somebody has given a verdict on it, and it takes in nothing more: what comes now is news.</summary>
    public static Task CloseAsync(DetectorTransaction transaction, string alertId) =>
        transaction.ExecuteAsync("DELETE FROM bursts WHERE alert_id = @AlertId", alertId);

    /// <summary>Those of alerts that are old: nothing is to become part of one that is about to go.</summary>
    public static async Task<IReadOnlyList<string>> FindOldAsync(DbConnection connection, string idBefore, int limit) =>
        [.. await connection.QueryAsync<string>(
            "SELECT alert_id FROM bursts WHERE alert_id < @Before ORDER BY alert_id LIMIT @Limit", new { Before = idBefore, Limit = limit })];

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> alertIds)
    {
        var where = new Where().AndIn("alert_id", alertIds);
        return transaction.ExecuteAsync($"DELETE FROM bursts {where}", where);
    }

    /// <returns>Null if it belongs to one that is known, or <paramref name="onlyIf"/> is not so.</returns>
    private static async Task<BurstPlace?> TryBeginAsync(DetectorTransaction transaction, BurstPart part, string onlyIf = "")
    {
        var waiting = await transaction.ReadAsync(
            $"""
            INSERT INTO bursts (alert_id, target, began_at, transaction_id, actor, holds_reset_all)
            SELECT @AlertId, @Target, @At, @TransactionId, @Actor, @IsResetAll WHERE NOT EXISTS (SELECT 1 FROM bursts WHERE {TakesIn(part)}) {onlyIf}
            RETURNING (SELECT COUNT(*) FROM merged_log_events WHERE {MergedLogEvents.Waiting})
            """,
            row => row.GetInt64(0),
            part.AlertId, part.Target, part.At, part.TransactionId, part.Actor, part.IsResetAll,
            part.DayBefore, part.DayAfter, part.Earliest, part.Latest, part.Performer);
        if (waiting.Count == 0) return null;

        return new(BurstRole.Begins, part.AlertId) { Taken = waiting[0] == 0 ? [] : await MergedLogEvents.TakeWaitingAsync(transaction, part) };
    }
}

/// <summary>What a log event is to the resets that are known.</summary>
/// <param name="Role">Whether it is the first of one, one more, or none yet.</param>
/// <param name="AlertId">The alert of its reset; null while it waits.</param>
internal sealed record BurstPlace(BurstRole Role, string? AlertId)
{
    /// <summary>What had waited for it: of each why it matters more, where it does.</summary>
    public IReadOnlyList<string?> Taken { get; init; } = [];
}

/// <summary>What a log event is to a reset.</summary>
internal enum BurstRole
{
    /// <summary>It is the first, or the one that makes it a reset.</summary>
    Begins,

    /// <summary>It is one more.</summary>
    Joins,

    /// <summary>It is alone so far.</summary>
    Waits,
}

/// <summary>A log event that may be one of several about the same target.</summary>
/// <param name="Target">See <see cref="Bursts.KeyOf"/>.</param>
/// <param name="AlertId">What its alert would be called.</param>
/// <param name="RuleId">The rule it matches.</param>
/// <param name="At">When it happened.</param>
/// <param name="Within">How far from it others may have happened.</param>
/// <param name="AtLeast">How many of its kind make an alert; 1 if it does so by itself.</param>
/// <param name="TransactionId">Okta's; null if it names none.</param>
/// <param name="Actor">Who did it; empty if nobody knows.</param>
/// <param name="Performer">Who did it and how: actor, address, API token.</param>
/// <param name="IsResetAll">Whether it is about all factors at once.</param>
/// <param name="LogEvent">As it came.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="SeverityReasons">Why it matters more, as a column holds it.</param>
internal sealed record BurstPart(
    byte[] Target, string AlertId, string RuleId, DateTimeOffset At, TimeSpan Within, int AtLeast, string? TransactionId, string Actor, string Performer,
    bool IsResetAll, LogEvent LogEvent, DateTimeOffset ReceivedAt, string? SeverityReasons)
{
    // What Okta calls one transaction belongs together however long it takes, but a day is more than any does.
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public DateTimeOffset Earliest => Before(Within);

    public DateTimeOffset Latest => After(Within);

    public DateTimeOffset DayBefore => Before(Day);

    public DateTimeOffset DayAfter => After(Day);

    // At the ends of all time, where only a clock that is broken can be, there is no room for that.
    private DateTimeOffset Before(TimeSpan span) => At - DateTimeOffset.MinValue > span ? At - span : DateTimeOffset.MinValue;

    private DateTimeOffset After(TimeSpan span) => DateTimeOffset.MaxValue - At > span ? At + span : DateTimeOffset.MaxValue;
}

[Migration(202611240030, "Bursts")]
public sealed class CreateBursts : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE bursts (
            alert_id TEXT NOT NULL PRIMARY KEY,
            target BLOB NOT NULL,
            began_at {time} NOT NULL,
            transaction_id TEXT NULL,
            actor TEXT NOT NULL,
            holds_reset_all {flag} NOT NULL,
            untold_by TEXT NULL
        ) WITHOUT ROWID;
        CREATE INDEX bursts_target ON bursts (target, holds_reset_all, began_at)
        """;
}
