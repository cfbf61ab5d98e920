using System.Runtime.CompilerServices;
using EventHookDetector.Okta;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Triage.Backtests;

/// <summary>
/// The log events of an export that match, on disk, to be read back in the order in which they happened: exports come in either
/// order, and which of them fills a window depends on it.
/// </summary>
internal sealed class MatchingLogEvents : IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly SqliteCommand _insert;
    private long _latest;
    private long _stepsBack;

    public MatchingLogEvents(DirectoryInfo folder)
    {
        _connection = new($"Data Source={Path.Combine(folder.FullName, "matching.db")};Pooling=False");
        _connection.Open();
        Execute("PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
        Execute("CREATE TABLE matching_log_events (position INTEGER PRIMARY KEY, at INTEGER NOT NULL, event_type TEXT NOT NULL, json BLOB NOT NULL)");
        _transaction = _connection.BeginTransaction();
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO matching_log_events (at, event_type, json) VALUES (@At, @EventType, @Json)";
        foreach (var name in (string[])["@At", "@EventType", "@Json"]) _insert.Parameters.Add(new SqliteParameter(name, value: null));
    }

    public long Count { get; private set; }

    public void Add(LogEvent logEvent)
    {
        var at = At(logEvent);
        _stepsBack += Count == 0 ? 0 : _latest.CompareTo(at);
        (_latest, Count) = (at, Count + 1);

        _insert.Parameters[0].Value = at;
        _insert.Parameters[1].Value = logEvent.EventType;
        _insert.Parameters[2].Value = logEvent.Json;
        _insert.ExecuteNonQuery();
    }

    /// <summary>In the order in which they were published; what was published at once, in that of the export.</summary>
    public async IAsyncEnumerable<PastLogEvent> InOrderAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _transaction.CommitAsync(cancellationToken);
        Execute("CREATE INDEX matching_log_events_at ON matching_log_events (at, position)");

        // An export with the newest first has the order turned round for those of one moment too.
        await using var select = _connection.CreateCommand();
        select.CommandText = $"SELECT at, event_type, json FROM matching_log_events ORDER BY at, position {(_stepsBack > 0 ? "DESC" : "ASC")}";
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var logEvent = new LogEvent(rows.GetFieldValue<byte[]>(2), rows.GetString(1), org: null);
            yield return new(logEvent, DateTimeOffset.UnixEpoch.AddTicks(rows.GetInt64(0)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>In ticks since 1970. What has no time, or one that no detector can have seen, happened when its neighbour did.</summary>
    private long At(LogEvent logEvent) =>
        logEvent.Fields.Published is { Year: >= 1970 and < 9999 } published ? (published - DateTimeOffset.UnixEpoch).Ticks : _latest;

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
