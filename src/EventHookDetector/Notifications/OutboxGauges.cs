using Dapper;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>How much waits in the outbox, for how long, and what was given up. It reads an index, and never more of it than a little.</summary>
internal sealed class OutboxGauges(Notifiers notifiers, Database database, TimeProvider clock) : IGaugeSource
{
    // More than that is only more of the same.
    public const int Most = 100_000;

    public const string Count =
        "SELECT COUNT(*) FROM (SELECT 1 FROM notifications WHERE notifier = @Notifier AND state = @State LIMIT @Most) AS counted";

    // An id is a UUID of version 7: they sort by when they were made.
    public const string Oldest =
        "SELECT created_at FROM notifications WHERE notifier = @Notifier AND state = @State ORDER BY id LIMIT 1";

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        foreach (var notifier in notifiers.All.Select(notifier => notifier.Name))
        {
            CommandDefinition Command(string sql, string state) =>
                new(sql, new { Notifier = notifier, State = state, Most }, cancellationToken: cancellationToken);

            foreach (var state in new[] { Outbox.Pending, Outbox.Abandoned })
                Telemetry.OutboxDepth.Set((notifier, state), await connection.ExecuteScalarAsync<long>(Command(Count, state)));

            var oldest = await connection.QueryFirstOrDefaultAsync<DateTimeOffset?>(Command(Oldest, Outbox.Pending));
            Telemetry.OutboxOldestAge.Set(notifier, oldest is { } since ? Math.Max(0, (long)(clock.GetUtcNow() - since).TotalSeconds) : 0);
        }
    }
}
