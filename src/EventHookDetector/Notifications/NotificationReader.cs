using System.ComponentModel.DataAnnotations;
using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Notifications;

/// <summary>Reads the outbox back.</summary>
internal sealed class NotificationReader(Database database)
{
    private const string Columns =
        "id, kind, subject, notifier, state, attempts, created_at, due_at, give_up_at, last_attempt_at, last_error, answer, sent_at";

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Notification>> ListAsync(
        string? state, string? notifier, string? before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        var where = new Where()
            .And("id < @Before", "Before", before)
            .And(InState(state), "State", state?.ToLowerInvariant())
            .And("notifier = @Notifier", "Notifier", notifier)
            .With("Limit", limit);
        return [.. await connection.QueryAsync<Notification>(new CommandDefinition(
            $"SELECT {Columns} FROM notifications {where} ORDER BY id DESC LIMIT @Limit", where.Values, cancellationToken: cancellationToken))];
    }

    public async Task<Notification?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Notification>(new CommandDefinition(
            $"SELECT {Columns} FROM notifications WHERE id = @Id", new { Id = id.ToLowerInvariant() }, cancellationToken: cancellationToken));
    }

    // An index holds those that are not sent, and SQLite has to read so, word for word.
    private static string InState(string? state) => state?.ToLowerInvariant() switch
    {
        "pending" => "state = 'pending' AND state <> 'sent'",
        "abandoned" => "state = 'abandoned' AND state <> 'sent'",
        _ => "state = @State",
    };

    /// <summary>Number of notifications of a notifier in one state, up to the limit of the metric.</summary>
    public async Task<long> CountAsync(string notifier, string state, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            OutboxGauges.Count, new { Notifier = notifier, State = state, OutboxGauges.Most }, cancellationToken: cancellationToken));
    }
}

/// <summary>One alert, reminder, digest or announcement on its way to one notifier.</summary>
internal sealed record Notification
{
    /// <summary>A UUID of version 7. It is the same for every attempt.</summary>
    public required string Id { get; init; }

    /// <summary>alert, digest, reminder or exceptionItemEnding.</summary>
    public required NoticeKind Kind { get; init; }

    /// <summary>What it is about: an alert's or an exception item's id, or a window.</summary>
    public required string Subject { get; init; }

    /// <summary>The name of the notifier that is to tell it.</summary>
    public required string Notifier { get; init; }

    /// <summary>pending, sent or abandoned.</summary>
    [AllowedValues("pending", "sent", "abandoned")]
    public required string State { get; init; }

    /// <summary>How often it was tried.</summary>
    public required long Attempts { get; init; }

    /// <summary>When it was written, together with what it is about.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the next attempt is due, while it is pending.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When it is abandoned if nothing has helped by then.</summary>
    public required DateTimeOffset GiveUpAt { get; init; }

    /// <summary>When it was last tried; null if not yet.</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>Why the last attempt did not succeed.</summary>
    public string? LastError { get; init; }

    /// <summary>What the channel said when it took it.</summary>
    public string? Answer { get; init; }

    /// <summary>When the channel took it; null until then.</summary>
    public DateTimeOffset? SentAt { get; init; }
}

[Migration(202611240081, "Lists of many notifications")]
public sealed class AddNotificationIndexes : SqlMigration
{
    protected override string Sql =>
        """
        CREATE INDEX notifications_state ON notifications (state, id) WHERE state <> 'sent';
        CREATE INDEX notifications_notifier ON notifications (notifier, state, id)
        """;
}
