using System.Data.Common;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Notifications;

namespace EventHookDetector.Dashboard;

/// <summary>How channels fare. Each question is answered by the first rows of an index, or by a thousand of them at most.</summary>
internal sealed class ChannelReader(DbConnection connection, DateTimeOffset since)
{
    private const string Mine = "FROM notifications WHERE notifier = @Notifier AND";

    internal const string Sql =
        $"""
        SELECT
            (SELECT COUNT(*) FROM (SELECT 1 AS one {Mine} state = 'pending' LIMIT 1001) AS p) AS pending,
            (SELECT COUNT(*) FROM (SELECT 1 AS one {Mine} state = 'abandoned' AND id >= @First LIMIT 1001) AS a) AS abandoned,
            (SELECT created_at {Mine} state = 'pending' ORDER BY id LIMIT 1) AS waiting_since,
            COALESCE(
                (SELECT last_error {Mine} state = 'pending' ORDER BY id LIMIT 1),
                (SELECT last_error FROM notifier_states WHERE notifier = @Notifier AND failures >= 5)) AS pending_error,
            (SELECT id {Mine} state = 'abandoned' AND id >= @First ORDER BY id DESC LIMIT 1) AS abandoned_id,
            (SELECT last_error {Mine} state = 'abandoned' AND id >= @First ORDER BY id DESC LIMIT 1) AS abandoned_error,
            (SELECT id {Mine} state = 'sent' ORDER BY id DESC LIMIT 1) AS sent_id,
            (SELECT sent_at {Mine} state = 'sent' ORDER BY id DESC LIMIT 1) AS last_sent_at
        """;

    public async Task<IReadOnlyList<Channel>> ReadAsync(IEnumerable<INotifier> notifiers, CancellationToken cancellationToken)
    {
        var channels = new List<Channel>();
        foreach (var notifier in notifiers)
        {
            var row = await connection.QuerySingleAsync<Row>(new CommandDefinition(
                Sql, new { Notifier = notifier.Name, First = AlertIds.FirstAt(since) }, cancellationToken: cancellationToken));
            channels.Add(row.ToChannel(notifier));
        }

        return [.. channels.OrderByDescending(channel => channel.Health == ChannelHealth.Failing)];
    }

    private sealed record Row
    {
        public long Pending { get; init; }

        public long Abandoned { get; init; }

        public DateTimeOffset? WaitingSince { get; init; }

        public string? PendingError { get; init; }

        public string? AbandonedId { get; init; }

        public string? AbandonedError { get; init; }

        public string? SentId { get; init; }

        public DateTimeOffset? LastSentAt { get; init; }

        public Channel ToChannel(INotifier notifier)
        {
            var gaveUpLast = string.CompareOrdinal(AbandonedId, SentId) > 0;
            var health = (PendingError, gaveUpLast, SentId, Pending) switch
            {
                (not null, _, _, _) or (_, true, _, _) => ChannelHealth.Failing,
                (_, _, null, 0) => ChannelHealth.Unused,
                _ => ChannelHealth.Ok,
            };
            return new(
                notifier.Name, notifier.Options.Type, health, Pending, Abandoned, WaitingSince, LastSentAt,
                PendingError ?? (gaveUpLast ? AbandonedError : null));
        }
    }
}
