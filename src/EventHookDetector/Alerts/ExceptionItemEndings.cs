using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>
/// Which exception items end soon, so that people hear of it before they are woken. Each end is given out once; one that was
/// set, or whose item begins, within that time is not: whoever wrote it has just read it.
/// </summary>
internal static class ExceptionItemEndings
{
    /// <summary>How long before the end.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(3);

    // The detector may have been down at the moment, so what is due stays due until the end. What has ended tells itself.
    private const string Owed =
        """
        ended_at IS NULL AND announced_at IS NULL AND ends_at > @Now AND ends_at <= @Soon
        AND changed_at < ends_at - @Ahead AND (starts_at IS NULL OR starts_at < ends_at - @Ahead)
        """;

    /// <summary>Asked often, so it only reads.</summary>
    public static async Task<bool> IsAnyOwedAsync(Database database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT EXISTS (SELECT 1 FROM exception_items WHERE {Owed})", Times(now), cancellationToken: cancellationToken));
    }

    /// <returns>The ids of items that are due, each to exactly one caller.</returns>
    public static async Task<IReadOnlyList<string>> TakeAsync(DetectorTransaction transaction) =>
        [.. await transaction.ReadAsync(
            $"UPDATE exception_items SET announced_at = @Now WHERE {Owed} RETURNING id", row => row.GetString(0), transaction.Now, transaction.Now + Ahead, Ahead)];

    private static object Times(DateTimeOffset now) => new { Now = now, Soon = now + Ahead, Ahead };
}

[Migration(202611240060, "Announcements of ends")]
public sealed class AddAnnouncedAt : SqlMigration
{
    protected override string Sql => "ALTER TABLE exception_items ADD COLUMN announced_at {time} NULL";
}
