using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Retention;

/// <summary>One time around, an hour after the last. Rounds are numbered, across restarts and replicas.</summary>
internal static class RetentionRound
{
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    // Timers are not exact, and one that comes a little early must not cost its round.
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMinutes(50);

    /// <returns>The round's number, for exactly one caller an hour; null if somebody else has begun it.</returns>
    public static async Task<long?> TryBeginAsync(DetectorTransaction transaction)
    {
        // One that lies far ahead was begun by a clock that has been set back since.
        var begun = await transaction.ReadAsync(
            """
            UPDATE retention_rounds SET begun_at = @Now, number = number + 1
            WHERE begun_at IS NULL OR begun_at <= @Before OR begun_at > @Ahead
            RETURNING number
            """,
            row => row.GetInt64(0),
            transaction.Now, transaction.Now - ShortestInterval, transaction.Now + Interval);
        return begun.Select(number => (long?)number).SingleOrDefault();
    }
}

[Migration(202611240117, "Rounds of retention")]
public sealed class CreateRetentionRounds : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE retention_rounds (begun_at {time} NULL, number INTEGER NOT NULL);
        INSERT INTO retention_rounds (begun_at, number) VALUES (NULL, 0)
        """;
}
