using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Storage;

namespace EventHookDetector.Triage;

/// <summary>Finds out how a log event's story ended, and why, from what was kept of it.</summary>
internal sealed class Explanations(Database database, AlertReader alerts, RuleBook rules)
{
    /// <returns>Null if nothing is kept under that uuid.</returns>
    public async Task<Explanation?> FindAsync(string uuid, CancellationToken cancellationToken)
    {
        // Of several orgs that use the same uuid, the one heard of last; the answer names the org.
        foreach (var processed in await ProcessedAsync(uuid, cancellationToken))
        {
            if (await alerts.FindAsync(AlertIds.Of(processed.Key, processed.SeenAt), cancellationToken) is { } found) return await ExplainAsync(found.Alert, cancellationToken);
            if (await ExplainPartAsync(processed.Key, cancellationToken) is { } part) return part;
        }

        return null;
    }

    private async Task<Explanation> ExplainAsync(Alert alert, CancellationToken cancellationToken) => new(
            alert.Uuid,
            alert.Outcome.ToColumn(),
            alert.Because ?? $"It matches the rule {alert.Rule.Name}, and its window had room.",
            [.. StagesOf(alert, alert.Outcome == AlertOutcome.Expected ? await UsedResetsAsync(alert, cancellationToken) : [])],
            alert.Id,
            alert.Notifications);

    private async Task<IReadOnlyList<string>> UsedResetsAsync(Alert alert, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await ExpectedResets.UsedByAsync(connection, alert.Uuid, cancellationToken);
    }

    private async Task<IReadOnlyList<ProcessedLogEvent>> ProcessedAsync(string uuid, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await ProcessedLogEvents.FindAsync(connection, uuid, cancellationToken);
    }

    private async Task<Explanation?> ExplainPartAsync(byte[] key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        if (await MergedLogEvents.FindAsync(connection, key, cancellationToken) is not [var part, ..] rows) return null;

        // Accounts of one log event may be in different alerts, and one of them in none.
        var found = new List<Alert>();
        foreach (var id in rows.Select(row => row.AlertId).OfType<string>().Distinct(StringComparer.Ordinal).Take(10))
        {
            if ((await alerts.FindAsync(id, cancellationToken))?.Alert is { } merging) found.Add(merging);
        }

        var alert = found.FirstOrDefault();
        var rule = rules.Find(part.RuleId);
        var because = alert is null
            ? $"Alone so far: {rule?.Burst?.AtLeast ?? 2} within {rule?.Burst?.Within} make an alert of this rule."
            : $"Part of the same reset as alert {string.Join(" and alert ", found.Select(merging => $"{merging.Id}, which is {merging.Outcome.ToColumn()}"))}."
                + (rows.Any(row => row.AlertId is null) ? " One of its accounts is alone so far." : "");
        return new Explanation(
            part.Uuid,
            alert is null ? "notMatched" : "merged",
            because,
            [.. StagesUpToBurst(part, rule), new("burst", because)],
            alert?.Id,
            alert?.Notifications ?? []);
    }

    private static IEnumerable<ExplainedStage> StagesUpToBurst(MergedLogEvent part, Rule? rule)
    {
        yield return new("validation", "It could be read.");
        yield return new("match", $"It matches the rule {rule?.Name ?? "that is no longer here"}.");
        yield return new("deduplication", NewFor(part.Org));
        yield return new("severity", part.SeverityReasons is null ? "Nothing in it raises the severity of its rule." : string.Join(' ', SeverityReasons.FromColumn(part.SeverityReasons)));
    }

    private static string NewFor(string? org) => $"Its uuid was new for the org {org ?? "(unknown)"}; any repetition since was a duplicate.";

    // The stages in their order, up to the one that ended the story.
    private static IEnumerable<ExplainedStage> StagesOf(Alert alert, IReadOnlyList<string> usedResets)
    {
        yield return new("validation", "It could be read.");
        yield return new("match", $"It matches the rule {alert.Rule.Name}, version {alert.Rule.Version}.");
        yield return new("deduplication", NewFor(alert.Org));
        yield return new("severity", alert.SeverityReasons.Count == 0
            ? $"{alert.Severity.ToColumn()}, as its rule says."
            : $"Raised to {alert.Severity.ToColumn()}. {string.Join(' ', alert.SeverityReasons)}");
        yield return new("burst", alert.Merged.Count == 0
            ? "It was part of no reset that was known."
            : $"The first of its reset, or the one that made it one; {alert.Merged.Count} more log events are part of it.");
        if (alert.Outcome == AlertOutcome.Excepted)
        {
            yield return new("exceptionItem", alert.Because ?? "Something excepted it.");
            yield break;
        }

        yield return new("exceptionItem", "No exception item covered it.");
        if (alert.Outcome == AlertOutcome.Expected)
        {
            yield return new("expectedReset", $"{alert.Because} It used up {(usedResets.Count > 1 ? $"the expected resets {string.Join(", ", usedResets)}" : $"the expected reset {alert.ExpectedResetId}")}.");
            yield break;
        }

        yield return new("expectedReset", "It was not announced.");
        yield return alert.Outcome == AlertOutcome.Capped
            ? new("alertCap", alert.Because ?? "The window had no room for it.")
            : new("alertCap", $"The window from {alert.Window.Start:u} to {alert.Window.End:u} had room.");
        if (alert.Outcome == AlertOutcome.Alerted) yield return new("raiseAlert", $"Stored as alert {alert.Id}, with {alert.Notifications.Count} notifications.");
    }
}

/// <summary>Why a log event ended as it did.</summary>
/// <param name="Uuid">The log event.</param>
/// <param name="Outcome">How its story ended: alerted, capped, excepted, expected, merged; or notMatched, if it waits for more.</param>
/// <param name="Because">Why, in a sentence.</param>
/// <param name="Stages">What each stage found, in their order; the last one ended the story.</param>
/// <param name="AlertId">The record of it; null if it has none.</param>
/// <param name="Notifications">Who was told, and how far that has come.</param>
internal sealed record Explanation(
    string Uuid, string Outcome, string Because, IReadOnlyList<ExplainedStage> Stages, string? AlertId, IReadOnlyList<AlertNotification> Notifications);

/// <summary>What one stage found.</summary>
internal sealed record ExplainedStage(string Stage, string Finding);
