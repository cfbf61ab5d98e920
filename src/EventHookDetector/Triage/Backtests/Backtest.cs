using EventHookDetector.Detection.Rules;
using EventHookDetector.Okta;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Triage.Backtests;

/// <summary>
/// What would the detector have made of this export of the System Log? Reads it once; what matches is put in order and sent
/// through a detector of its own. Whatever the length of the export, it needs no more memory than a few log events do.
/// </summary>
internal sealed class Backtest(IConfiguration configuration, DetectionRules rules, Announced announced, long mostMatchingBytes)
{
    public const int MaxLogEventBytes = 16 * 1024 * 1024;

    private const int DiskIsFull = 13;   // SQLITE_FULL
    private const int AtOnce = 512;
    private const int BytesAtOnce = 8 * 1024 * 1024;

    /// <summary>Told after each piece of work how far it has come.</summary>
    public Action<BacktestPosition>? Progress { get; init; }

    public async Task<BacktestAnswer> RunAsync(Stream export, CancellationToken cancellationToken)
    {
        // Nothing is made before something matches: most log events do not, and most exports hold few that do.
        DirectoryInfo? folder = null;
        MatchingLogEvents? matching = null;
        var matchingBytes = 0L;
        var tally = new BacktestTally(rules);
        var reader = new SystemLogReader(export, rules.WantedEventTypes, MaxLogEventBytes);
        try
        {
            await foreach (var found in reader.ReadAsync(() => Report(reader, matching, judged: 0), cancellationToken))
            {
                if (found.Defect is not null)
                {
                    tally.AddUnreadable(found);
                    continue;
                }

                var logEvent = new LogEvent(found.Json.ToArray(), found.EventType, org: null);
                if (rules.FirstMatching(logEvent) is null) continue;

                // Read to the end all the same: a client that is answered in the middle of its upload sees a broken connection.
                matchingBytes += logEvent.Json.Length;
                if (matchingBytes > mostMatchingBytes) continue;

                folder ??= Directory.CreateTempSubdirectory("backtest-");
                matching ??= new MatchingLogEvents(folder);
                matching.Add(logEvent);
            }

            if (matchingBytes > mostMatchingBytes) throw TooLarge(matchingBytes);
            if (matching is not null) await JudgeAsync(matching, folder!, tally, reader, cancellationToken);
            return tally.ToAnswer(reader, matching?.Count ?? 0);
        }
        catch (SqliteException full) when (full.SqliteErrorCode == DiskIsFull)
        {
            throw new BacktestRefusedException(
                BacktestRefusal.NoRoom,
                $"There is no room left in {Path.GetTempPath()} for the log events that match, after {matchingBytes} bytes of them. Split the export by time, make room, "
                + "or set TMPDIR to a folder with more: a backtest needs up to four times the bytes that match.");
        }
        finally
        {
            if (matching is not null) await matching.DisposeAsync();
            folder?.Delete(recursive: true);
        }
    }

    private async Task JudgeAsync(
        MatchingLogEvents matching, DirectoryInfo folder, BacktestTally tally, SystemLogReader reader, CancellationToken cancellationToken)
    {
        await using var detector = await ThrowAwayDetector.StartAsync(configuration, rules, announced, folder, cancellationToken);
        var (together, bytes, judged) = (new List<PastLogEvent>(AtOnce), 0, 0L);
        await foreach (var logEvent in matching.InOrderAsync(cancellationToken))
        {
            together.Add(logEvent);
            bytes += logEvent.LogEvent.Json.Length;
            if (together.Count == AtOnce || bytes > BytesAtOnce) await JudgeTogetherAsync();
        }

        if (together.Count > 0) await JudgeTogetherAsync();

        async Task JudgeTogetherAsync()
        {
            foreach (var verdict in await detector.JudgeAsync(together)) tally.Add(verdict);
            judged += together.Count;
            Report(reader, matching, judged);
            together.Clear();
            bytes = 0;
        }
    }

    private BacktestRefusedException TooLarge(long bytes) => new(
        BacktestRefusal.TooLarge,
        $"{bytes} bytes of its log events match, and a backtest may hold {mostMatchingBytes} (Backtests:MaxMatchingBytes), for it needs up to four times as much in "
        + $"{Path.GetTempPath()}. Split the export by time, try a narrower rule, or run EventHookDetector backtest with a higher limit where there is room.");

    private void Report(SystemLogReader reader, MatchingLogEvents? matching, long judged) =>
        Progress?.Invoke(new(reader.Offset, reader.LogEvents, matching?.Count ?? 0, judged));
}

/// <summary>How far a backtest has come: it reads all, and then judges what matches.</summary>
internal readonly record struct BacktestPosition(long Bytes, long LogEvents, long Matching, long Judged);
