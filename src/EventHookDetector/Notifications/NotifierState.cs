using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Notifications;

/// <summary>
/// The health of one notifier, shared by all replicas. A channel that fails is held back as a whole: one notification at a time tries
/// it, and the others keep their attempts.
/// </summary>
internal sealed record NotifierState
{
    /// <summary>Number of failures in a row after which a channel is down.</summary>
    public const int FailuresUntilDown = 5;

    /// <summary>Interval at which a channel that is down is tried.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(30);

    /// <summary>The longest time that a channel can hold us back. It may ask for a year; alerts would be lost.</summary>
    public static readonly TimeSpan LongestQuiet = TimeSpan.FromMinutes(15);

    /// <summary>Number of failed attempts since the last final answer of the channel.</summary>
    public required long Failures { get; init; }

    /// <summary>When the first of these failures happened.</summary>
    public DateTimeOffset? TroubledAt { get; init; }

    /// <summary>Until when nothing is sent; from then on one notification at a time. Null: no hold.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>1 if the channel itself asked for the hold (Retry-After).</summary>
    public required long AskedForQuiet { get; init; }

    /// <summary>1 if the next probe takes another notification than the most severe one, which may be what the channel refuses.</summary>
    public required long TriesAnother { get; init; }

    /// <summary>Why the last attempt failed; null after a success.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastSentAt { get; init; }

    /// <summary>Number of notifications sent so far. The last round of a crashed process may be missing.</summary>
    public required long Sent { get; init; }

    public bool IsDown => Failures >= FailuresUntilDown;

    public bool IsTroubled => Failures > 0 || HeldUntil is not null;

    public bool IsQuietAt(DateTimeOffset now) => AskedForQuiet == 1 && HeldUntil > now;

    /// <summary>The state after an attempt, whatever it was for.</summary>
    public static async Task<int> RecordAsync(DetectorTransaction transaction, string notifier, NotificationResult result)
    {
        if (result is NotificationResult.Retry retry)
        {
            await FailedAsync(transaction, notifier, retry.Answer, retry.After);
            return 0;
        }

        await RecoveredAsync(transaction, notifier);
        return result is NotificationResult.GiveUp ? await RefusedAsync(transaction, notifier, result.Answer) : 1;
    }

    public static async Task<NotifierState?> FindAsync(Database database, string notifier, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<NotifierState>(new CommandDefinition(
            $"SELECT {Columns} FROM notifier_states WHERE notifier = @Notifier", new { Notifier = notifier }, cancellationToken: cancellationToken));
    }

    /// <summary>Makes sure that the notifier has a row.</summary>
    public static Task<int> AddAsync(DetectorTransaction transaction, string notifier) => transaction.ExecuteAsync(
        """
        INSERT INTO notifier_states (notifier, failures, asked_for_quiet, tries_another, sent) VALUES (@Notifier, 0, 0, 0, 0)
        ON CONFLICT (notifier) DO NOTHING
        """,
        notifier);

    /// <summary>Takes the one attempt that a held channel may have now; exactly one caller gets it.</summary>
    /// <returns>Null if the attempt is not due or another worker has it; else whether it is for another notification than the most severe.</returns>
    public static async Task<bool?> TryProbeAsync(DetectorTransaction transaction, string notifier)
    {
        var taken = await transaction.ReadAsync(
            """
            UPDATE notifier_states SET held_until = @Next, asked_for_quiet = 0 WHERE notifier = @Notifier AND held_until <= @Now
            RETURNING tries_another
            """,
            row => row.GetInt64(0) == 1,
            transaction.Now + ProbeInterval, notifier, transaction.Now);
        return taken.Count == 0 ? null : taken[0];
    }

    /// <summary>Gives the attempt back that was not used on the channel, so that another notification can try it at once.</summary>
    public static Task<int> ProbeAnotherAsync(DetectorTransaction transaction, string notifier) => transaction.ExecuteAsync(
        "UPDATE notifier_states SET held_until = @Now, tries_another = 1 WHERE notifier = @Notifier AND held_until IS NOT NULL AND asked_for_quiet = 0",
        transaction.Now, notifier);

    /// <summary>The channel failed, or asked us to be quiet for a time.</summary>
    /// <returns>The state from now on.</returns>
    public static async Task<NotifierState> FailedAsync(DetectorTransaction transaction, string notifier, string error, TimeSpan? quiet)
    {
        await AddAsync(transaction, notifier);
        var state = (await transaction.QueryAsync<NotifierState>(
            $"""
            UPDATE notifier_states
            SET failures = failures + 1, troubled_at = CASE WHEN failures = 0 THEN @Now ELSE troubled_at END, last_error = @Error
            WHERE notifier = @Notifier
            RETURNING {Columns}
            """,
            transaction.Now, error, notifier))[0];

        // What fails beside an answer with Retry-After must not shorten that time.
        if (quiet is null && state.IsQuietAt(transaction.Now)) return state;

        var now = transaction.Now;
        var isAnothersTurn = quiet is null && state is { IsDown: true, TriesAnother: 0 } && state.Failures % FailuresUntilDown == 0;
        var held = quiet is { } asked ? now + (asked < LongestQuiet ? asked : LongestQuiet)
            : isAnothersTurn ? now
            : state.IsDown ? now + ProbeInterval
            : (DateTimeOffset?)null;
        if (quiet is not null && state.IsQuietAt(now) && state.HeldUntil > held) held = state.HeldUntil;
        await transaction.ExecuteAsync(
            "UPDATE notifier_states SET held_until = @Held, asked_for_quiet = @Asked, tries_another = @Another WHERE notifier = @Notifier",
            held, quiet is null ? 0 : 1, isAnothersTurn ? 1 : 0, notifier);
        return state with { HeldUntil = held };
    }

    /// <summary>The channel answered for good: ends the hold, and makes due at once what failed because of the channel.</summary>
    public static async Task<int> RecoveredAsync(DetectorTransaction transaction, string notifier)
    {
        var before = await transaction.QueryAsync<NotifierState>(
            $"UPDATE notifier_states SET last_error = NULL WHERE notifier = @Notifier RETURNING {Columns}", notifier);
        if (before.Count == 0 || !before[0].IsTroubled) return 0;

        // Few attempts are enough to tell a channel in trouble from a notification that the channel never takes.
        var most = before[0].IsDown ? long.MaxValue : FailuresUntilDown;
        await transaction.ExecuteAsync(
            """
            UPDATE notifications SET due_at = @Now
            WHERE notifier = @Notifier AND state = 'pending' AND due_at > @Now AND lease IS NULL AND last_attempt_at >= @TroubledAt AND attempts <= @Most
            """,
            transaction.Now, notifier, before[0].TroubledAt ?? transaction.Now, most);
        return await transaction.ExecuteAsync(
            "UPDATE notifier_states SET failures = 0, troubled_at = NULL, held_until = NULL, asked_for_quiet = 0, tries_another = 0 WHERE notifier = @Notifier",
            notifier);
    }

    /// <summary>Keeps why the channel refused a notification for good; it may take others.</summary>
    public static Task<int> RefusedAsync(DetectorTransaction transaction, string notifier, string error) => transaction.ExecuteAsync(
        "UPDATE notifier_states SET last_error = @Error WHERE notifier = @Notifier", error, notifier);

    /// <summary>Adds to the running total. Another replica that does so at this moment is left alone: then the row count is 0.</summary>
    public static Task<int> CountSentAsync(DetectorTransaction transaction, string notifier, long count) => transaction.ExecuteAsync(
        $"""
        UPDATE notifier_states SET sent = sent + @Count, last_sent_at = @Now
        WHERE notifier IN (SELECT notifier FROM notifier_states WHERE notifier = @Notifier {transaction.SkipLocked})
        """,
        count, transaction.Now, notifier);

    private const string Columns = "failures, troubled_at, held_until, asked_for_quiet, tries_another, last_error, last_sent_at, sent";
}

[Migration(202611300512, "The health of notifiers, and the order in which notifications are sent")]
public sealed class CreateNotifierStates : SqlMigration
{
    // Of two notifications the more urgent goes first. The index replaces the one by due time: whatever is written pays for each.
    protected override string Sql =>
        """
        CREATE TABLE notifier_states (
            notifier TEXT NOT NULL PRIMARY KEY,
            failures INTEGER NOT NULL,
            troubled_at {time} NULL,
            held_until {time} NULL,
            asked_for_quiet INTEGER NOT NULL,
            tries_another INTEGER NOT NULL,
            last_error TEXT NULL,
            last_sent_at {time} NULL,
            sent INTEGER NOT NULL
        );
        INSERT INTO notifier_states (notifier, failures, asked_for_quiet, tries_another, last_sent_at, sent)
        SELECT notifier, 0, 0, 0, MAX(sent_at), COUNT(*) FROM notifications WHERE state = 'sent' GROUP BY notifier;
        ALTER TABLE notifications ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX notifications_queue ON notifications (notifier, urgency, id) WHERE state = 'pending';
        DROP INDEX notifications_due
        """;
}
