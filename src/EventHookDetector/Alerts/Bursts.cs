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
    /// One key for each account that the log event is about. What people do to their own account is another matter. Resets of
    /// factors are one thing, whichever rule found them; other rules keep to themselves.
    /// </summary>
    /// <param name="ruleId">The rule it matches.</param>
    /// <param name="logEvent">What was done.</param>
    /// <param name="isSelf">Whether the actor is every target.</param>
    public static byte[][] KeysOf(string ruleId, LogEvent logEvent, bool isSelf)
    {
        var group = FactorResets.Include(logEvent.EventType) ? "factors" : ruleId;
        return logEvent.Fields.TargetUsers switch
        {
            [] => [KeyOf("")],
            [var only] => [KeyOf(AlertRecord.Searchable(only.Key))],
            var several => [.. several.Select(target => AlertRecord.Searchable(target.Key)).Distinct(StringComparer.Ordinal).Select(KeyOf)],
        };

        byte[] KeyOf(string? account)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes($"{group}\n{logEvent.Org}\n{account}\n{isSelf}"), hash);
            return hash[..16].ToArray();
        }
    }

    // What was told takes in more by whoever is part of it: another actor may be the attacker, and has to be told. What was not
    // told takes in less: only more by the same hand. And each reset of all factors is one of its own, unless it is the first
    // word for what was told factor by factor. A flood of them must not make each cost more than the last, so what holds one
    // already stands elsewhere in the index.
    // It counts where it could ask EXISTS, for which PostgreSQL might read all that was ever merged.
    private static string TakesIn(BurstPart part) =>
        $"""
        bursts.holds_reset_all {(part.IsResetAll ? "= FALSE" : "IN (FALSE, TRUE)")} AND bursts.began_at BETWEEN @DayBefore AND @DayAfter
        AND (bursts.began_at BETWEEN @Earliest AND @Latest OR bursts.transaction_id = @TransactionId)
        AND (bursts.actor = @Actor
            OR 0 < (SELECT COUNT(*) FROM merged_log_events WHERE merged_log_events.alert_id = bursts.alert_id AND merged_log_events.actor = @Actor))
        AND (bursts.untold_by IS NULL OR bursts.untold_by = @Performer)
        """;

    /// <summary>The alert that merges it, found by the first account of that alert or by a further one; null if there is none.</summary>
    public static string FindSql(BurstPart part) =>
        $"COALESCE(({FirstAccountSql(part)} LIMIT 1), ({FurtherAccountSql(part)} LIMIT 1))";

    private static string FirstAccountSql(BurstPart part) => $"SELECT bursts.alert_id FROM bursts WHERE bursts.target = @Target AND {TakesIn(part)}";

    // Alerts about several accounts are rare: this asks an index that is nearly always empty.
    private static string FurtherAccountSql(BurstPart part) =>
        $"""
        SELECT bursts.alert_id FROM burst_targets JOIN bursts ON bursts.alert_id = burst_targets.alert_id
        WHERE burst_targets.target = @Target AND {TakesIn(part)}
        """;

    private const string NothingWaits = $"AND 0 = (SELECT COUNT(*) FROM merged_log_events WHERE {MergedLogEvents.Waiting})";

    /// <summary>Finds the alert it belongs to, or makes it one that others will belong to, or lets it wait for more.</summary>
    public static async Task<BurstPlace> PlaceAsync(DetectorTransaction transaction, BurstPart part)
    {
        if (part.FurtherTargets.Length > 0) return await PlaceSeveralAsync(transaction, part);

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
    /// Does the same for several accounts. The log event is merged if all of them are in an open burst. It begins an alert if it
    /// completes a reset of one of the others. Otherwise each account has a row of its own, merged or pending.
    /// </summary>
    private static async Task<BurstPlace> PlaceSeveralAsync(DetectorTransaction transaction, BurstPart part)
    {
        var accounts = part.PerAccount();

        // In one order everywhere, so that two of them cannot wait for each other.
        foreach (var account in accounts.OrderBy(account => Convert.ToHexString(account.Target), StringComparer.Ordinal)) await transaction.LockAsync(account.Target);
        await transaction.AloneAsync();

        var mergedInto = new List<string?>();
        foreach (var account in accounts) mergedInto.Add(await FindAsync(transaction, account));
        foreach (var account in accounts.Where((_, n) => mergedInto[n] is null))
        {
            if (part.AtLeast == 1 || await MergedLogEvents.CountWaitingAsync(transaction, account) + 1 >= part.AtLeast)
                return await BeginSeveralAsync(transaction, accounts);
        }

        for (var n = 0; n < accounts.Count; n++) await MergedLogEvents.AddAsync(transaction, accounts[n], mergedInto[n]);
        if (mergedInto.OfType<string>().Distinct(StringComparer.Ordinal).ToList() is not [var first, ..] alerts) return new(BurstRole.Waits, AlertId: null);

        foreach (var alert in part.IsResetAll ? alerts : []) await transaction.ExecuteAsync("UPDATE bursts SET holds_reset_all = TRUE WHERE alert_id = @AlertId", alert);
        return new(BurstRole.Joins, first) { AlertIds = alerts };
    }

    private static async Task<BurstPlace> BeginSeveralAsync(DetectorTransaction transaction, IReadOnlyList<BurstPart> accounts)
    {
        var first = accounts[0];
        await transaction.ExecuteAsync(
            """
            INSERT INTO bursts (alert_id, target, began_at, transaction_id, actor, holds_reset_all)
            VALUES (@AlertId, @Target, @At, @TransactionId, @Actor, @IsResetAll)
            """,
            first.AlertId, first.Target, first.At, first.TransactionId, first.Actor, first.IsResetAll);
        var taken = new List<string?>();
        foreach (var account in accounts)
        {
            if (account != first)
                await transaction.ExecuteAsync("INSERT INTO burst_targets (alert_id, target) VALUES (@AlertId, @Target)", account.AlertId, account.Target);
            taken.AddRange(await MergedLogEvents.TakeWaitingAsync(transaction, account));
        }

        return new(BurstRole.Begins, first.AlertId) { Taken = taken };
    }

    private static async Task<string?> FindAsync(DetectorTransaction transaction, BurstPart part) => (await transaction.ReadAsync(
        $"SELECT {FindSql(part)}",
        row => row.IsDBNull(0) ? null : row.GetString(0),
        part.Target, part.DayBefore, part.DayAfter, part.Earliest, part.Latest, part.TransactionId, part.Actor, part.Performer))[0];

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
    public static Task CloseAsync(DetectorTransaction transaction, string alertId) => Task.WhenAll(
        transaction.ExecuteAsync("DELETE FROM bursts WHERE alert_id = @AlertId", alertId),
        transaction.ExecuteAsync("DELETE FROM burst_targets WHERE alert_id = @AlertId", alertId));

    /// <summary>Those of alerts that are old: nothing is to become part of one that is about to go.</summary>
    public static async Task<IReadOnlyList<string>> FindOldAsync(DbConnection connection, string idBefore, int limit) =>
        [.. await connection.QueryAsync<string>(
            "SELECT alert_id FROM bursts WHERE alert_id < @Before ORDER BY alert_id LIMIT @Limit", new { Before = idBefore, Limit = limit })];

    public static async Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> alertIds)
    {
        var targets = new Where().AndIn("alert_id", alertIds);
        await transaction.ExecuteAsync($"DELETE FROM burst_targets {targets}", targets);
        var where = new Where().AndIn("alert_id", alertIds);
        return await transaction.ExecuteAsync($"DELETE FROM bursts {where}", where);
    }

    /// <returns>Null if it belongs to one that is known, or <paramref name="onlyIf"/> is not so.</returns>
    private static async Task<BurstPlace?> TryBeginAsync(DetectorTransaction transaction, BurstPart part, string onlyIf = "")
    {
        var waiting = await transaction.ReadAsync(
            $"""
            INSERT INTO bursts (alert_id, target, began_at, transaction_id, actor, holds_reset_all)
            SELECT @AlertId, @Target, @At, @TransactionId, @Actor, @IsResetAll
            WHERE NOT EXISTS ({FirstAccountSql(part)}) AND NOT EXISTS ({FurtherAccountSql(part)}) {onlyIf}
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
    /// <summary>All alerts that merge it: accounts of one log event may be in different ones.</summary>
    public IReadOnlyList<string> AlertIds { get; init; } = AlertId is null ? [] : [AlertId];

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
/// <param name="Target">See <see cref="Bursts.KeysOf"/>.</param>
/// <param name="FurtherTargets">The same for each further account; nearly always empty.</param>
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
    byte[] Target, byte[][] FurtherTargets, string AlertId, string RuleId, DateTimeOffset At, TimeSpan Within, int AtLeast, string? TransactionId, string Actor, string Performer,
    bool IsResetAll, LogEvent LogEvent, DateTimeOffset ReceivedAt, string? SeverityReasons)
{
    // What Okta calls one transaction belongs together however long it takes, but a day is more than any does.
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>The key of its row. All rows of a log event begin alike.</summary>
    public byte[] RowKey { get; private init; } = LogEvent.Key;

    /// <summary>The same log event for each account by itself.</summary>
    public IReadOnlyList<BurstPart> PerAccount() =>
    [
        this with { FurtherTargets = [] },
        .. FurtherTargets.Select(target => this with { Target = target, FurtherTargets = [], RowKey = [.. LogEvent.Key, .. target] }),
    ];

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

[Migration(202611300112, "Further accounts of bursts")]
public sealed class CreateBurstTargets : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE burst_targets (
            alert_id TEXT NOT NULL,
            target BLOB NOT NULL,
            PRIMARY KEY (alert_id, target)
        ) WITHOUT ROWID;
        CREATE INDEX burst_targets_target ON burst_targets (target)
        """;
}
