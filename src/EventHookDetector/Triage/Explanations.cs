using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Storage;

namespace EventHookDetector.Triage;

/// <summary>Finds out how a log event's story ended, and why, from what was kept of it.</summary>
internal sealed class Explanations(Database database, AlertReader alerts)
{
    /// <returns>Null if nothing is kept under that uuid.</returns>
    public async Task<Explanation?> FindAsync(string uuid, CancellationToken cancellationToken)
    {
        if (await FindAlertIdAsync(uuid, cancellationToken) is not { } alertId || await alerts.FindAsync(alertId, cancellationToken) is not { } found)
            return await ExplainPartAsync(uuid, cancellationToken);

        var alert = found.Alert;
        return new Explanation(
            alert.Uuid,
            alert.Outcome.ToColumn(),
            alert.Because ?? Because(alert),
            [.. StagesOf(alert)],
            alert.Id,
            alert.Notifications);
    }

    private async Task<Explanation?> ExplainPartAsync(string uuid, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        if (await MergedLogEvents.FindAsync(connection, uuid, cancellationToken) is not { } part) return null;

        var alert = part.AlertId is null ? null : (await alerts.FindAsync(part.AlertId, cancellationToken))?.Alert;
        var because = alert is null
            ? "It matches a rule that needs several log events about one target, and it is alone so far."
            : $"Part of the same reset as alert {alert.Id}, which is {alert.Outcome.ToColumn()}.";
        return new Explanation(
            part.Uuid,
            alert is null ? "notMatched" : "merged",
            because,
            [.. StagesUpToBurst(part.Org), new("burst", because)],
            alert?.Id,
            alert?.Notifications ?? []);
    }

    private static IEnumerable<ExplainedStage> StagesUpToBurst(string? org)
    {
        yield return new("validation", "It could be read.");
        yield return new("match", "It matches the query of a rule.");
        yield return new("deduplication", NewFor(org));
    }

    private static string NewFor(string? org) => $"Its uuid was new for the org {org ?? "(unknown)"}; any repetition since was a duplicate.";

    private async Task<string?> FindAlertIdAsync(string uuid, CancellationToken cancellationToken)
    {
        // Of two orgs that use the same uuid, the one heard of last; the answer names the org.
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT id FROM alerts WHERE uuid = @Uuid ORDER BY id DESC LIMIT 1", new { Uuid = uuid }, cancellationToken: cancellationToken));
    }

    private static string Because(Alert alert) => alert.Outcome switch
    {
        AlertOutcome.Capped => $"The window from {alert.Window.Start:u} to {alert.Window.End:u} was full, "
            + "and had told of this actor and target already. It is in the window's digest.",
        _ => $"It matches the rule {alert.Rule.Name}, and its window had room.",
    };

    // The stages in their order, up to the one that ended the story.
    private static IEnumerable<ExplainedStage> StagesOf(Alert alert)
    {
        yield return new("validation", "It could be read.");
        yield return new("match", $"It matches the rule {alert.Rule.Name}, version {alert.Rule.Version}.");
        yield return new("deduplication", NewFor(alert.Org));
        yield return new("burst", alert.Merged.Count == 0
            ? "It was part of no reset that was known."
            : $"The first of its reset, or the one that made it one; {alert.Merged.Count} more log events are part of it.");
        yield return new("severity", alert.SeverityReasons.Count == 0
            ? $"{alert.Severity.ToColumn()}, as its rule says."
            : $"Raised to {alert.Severity.ToColumn()}. {string.Join(' ', alert.SeverityReasons)}");
        if (alert.Outcome == AlertOutcome.Excepted)
        {
            yield return new("exceptionItem", alert.Because ?? "Something excepted it.");
            yield break;
        }

        yield return new("exceptionItem", "No exception item covered it.");
        if (alert.Outcome == AlertOutcome.Expected)
        {
            yield return new("expectedReset", $"{alert.Because} It used up the expected reset {alert.ExpectedResetId}.");
            yield break;
        }

        yield return new("expectedReset", "It was not announced.");
        yield return alert.Outcome == AlertOutcome.Capped
            ? new("alertCap", "The window had no room for it.")
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
