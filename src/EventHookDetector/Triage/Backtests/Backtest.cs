using EventHookDetector.Detection.Rules;
using EventHookDetector.Okta;

namespace EventHookDetector.Triage.Backtests;

/// <summary>
/// What would the detector have made of this export of the System Log? Reads it once; what matches is put in order and sent
/// through a detector of its own. Whatever the length of the export, it needs no more memory than a few log events do.
/// </summary>
internal sealed class Backtest(IConfiguration configuration, DetectionRules rules, Announced announced)
{
    public const int MaxLogEventBytes = 16 * 1024 * 1024;

    private const int AtOnce = 512;
    private const int BytesAtOnce = 8 * 1024 * 1024;

    /// <summary>Told after each piece of work how far it has come.</summary>
    public Action<BacktestPosition>? Progress { get; init; }

    public async Task<BacktestAnswer> RunAsync(Stream export, CancellationToken cancellationToken)
    {
        // Nothing is made before something matches: most log events do not, and most exports hold few that do.
        DirectoryInfo? folder = null;
        MatchingLogEvents? matching = null;
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

                folder ??= Directory.CreateTempSubdirectory("backtest-");
                matching ??= new MatchingLogEvents(folder);
                matching.Add(logEvent);
            }

            if (matching is not null) await JudgeAsync(matching, folder!, tally, reader, cancellationToken);
            return tally.ToAnswer(reader, matching?.Count ?? 0);
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

    private void Report(SystemLogReader reader, MatchingLogEvents? matching, long judged) =>
        Progress?.Invoke(new(reader.Offset, reader.LogEvents, matching?.Count ?? 0, judged));
}

/// <summary>How far a backtest has come: it reads all, and then judges what matches.</summary>
internal readonly record struct BacktestPosition(long Bytes, long LogEvents, long Matching, long Judged);
