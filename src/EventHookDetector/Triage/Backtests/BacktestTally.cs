using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;

namespace EventHookDetector.Triage.Backtests;

/// <summary>Counts all, and keeps the first or the fullest few.</summary>
internal sealed class BacktestTally(DetectionRules rules)
{
    private readonly Dictionary<DetectionOutcome, long> _outcomes = Enum.GetValues<DetectionOutcome>().ToDictionary(outcome => outcome, _ => 0L);
    private readonly List<UnreadableLogEvent> _unreadable = [];
    private readonly List<BacktestRecord> _records = [];
    private readonly Dictionary<string, string> _recorded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BacktestWindow> _open = new(StringComparer.Ordinal);
    private readonly PriorityQueue<BacktestWindow, long> _fullest = new();

    public void AddUnreadable(ExportedLogEvent found)
    {
        if (_unreadable.Count < BacktestAnswer.MostUnreadable) _unreadable.Add(new(found.Line, found.Offset, found.Defect!));
    }

    /// <summary>In the order in which they were published.</summary>
    public void Add(Verdict verdict)
    {
        var outcome = verdict.Result.Outcome;
        _outcomes[outcome]++;
        if (outcome == DetectionOutcome.Duplicate) return;

        if (outcome is DetectionOutcome.Alerted or DetectionOutcome.Capped) CountInWindow(verdict);
        if (_records.Count == BacktestAnswer.MostRecords) return;

        var fields = verdict.Request.LogEvent.Fields;
        _recorded[verdict.Request.AlertId] = verdict.Request.LogEvent.Uuid;
        _records.Add(new(
            verdict.Request.LogEvent.Uuid, fields.Published, outcome, BecauseOf(verdict.Result), verdict.Request.Rule.Id,
            fields.Actor?.AlternateId ?? fields.Actor?.Id, NamesOf(fields.TargetUsers)));
    }

    private static string? NamesOf(IReadOnlyList<Subject> targets) =>
        targets.Count == 0 ? null : string.Join(", ", targets.Select(target => target.AlternateId ?? target.Id ?? "unknown"));

    public BacktestAnswer ToAnswer(SystemLogReader read, long matching)
    {
        foreach (var window in _open.Values) Keep(window);
        _open.Clear();
        _outcomes[DetectionOutcome.Invalid] += read.Unreadable;
        _outcomes[DetectionOutcome.NotMatched] += read.LogEvents - matching;
        return new(
            [.. rules.InForce.Select(rule => rule.Id)], read.LogEvents, read.Offset, read.UnreadableBytes, read.From, read.To,
            BacktestAnswer.Words(_outcomes),
            [.. _fullest.UnorderedItems.Select(item => item.Element).OrderByDescending(window => window.Alerted + window.Capped).ThenBy(window => window.Start)],
            _records, _unreadable);
    }

    /// <summary>Names the log event that raised the alert: the alert's own id means nothing outside the backtest.</summary>
    private string? BecauseOf(DetectionResult result)
    {
        if (result.Outcome != DetectionOutcome.Merged) return result.Because;

        var first = result.AlertIds.Select(id => _recorded.GetValueOrDefault(id)).FirstOrDefault(uuid => uuid is not null);
        return first is not null ? $"Part of the same reset as log event {first}." : "Part of a reset that has its alert already.";
    }

    // They come in order, so each rule has one window at a time, and what is over can be let go unless it was among the fullest.
    private void CountInWindow(Verdict verdict)
    {
        var (rule, window) = (verdict.Request.Rule, verdict.Request.Window);
        if (!_open.TryGetValue(rule.Id, out var open) || open.Start != window.Start)
        {
            if (open is not null) Keep(open);
            open = new(rule.Id, window.Start, window.End, rule.MaxAlerts, Alerted: 0, Capped: 0);
        }

        _open[rule.Id] = verdict.Result.Outcome == DetectionOutcome.Alerted
            ? open with { Alerted = open.Alerted + 1 }
            : open with { Capped = open.Capped + 1 };
    }

    private void Keep(BacktestWindow window)
    {
        _fullest.Enqueue(window, window.Alerted + window.Capped);
        if (_fullest.Count > BacktestAnswer.MostWindows) _fullest.Dequeue();
    }
}
