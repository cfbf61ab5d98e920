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
            return null;

        var alert = found.Alert;
        return new Explanation(
            alert.Uuid,
            alert.Outcome.ToColumn(),
            alert.Because ?? Because(alert),
            [.. StagesOf(alert)],
            alert.Id,
            alert.Notifications);
    }

    private async Task<string?> FindAlertIdAsync(string uuid, CancellationToken cancellationToken)
    {
        // Of two orgs that use the same uuid, the one heard of last; the answer names the org.
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT id FROM alerts WHERE uuid = @Uuid ORDER BY id DESC LIMIT 1", new { Uuid = uuid }, cancellationToken: cancellationToken));
    }

    private static string Because(Alert alert) => alert.Outcome switch
    {
        AlertOutcome.Capped => $"The window from {alert.Window.Start:u} to {alert.Window.End:u} was full, and had told of this actor and target already. It is in the window's digest.",
        _ => $"It matches the rule {alert.Rule.Name}, and its window had room.",
    };

    // The stages in their order, up to the one that ended the story.
    private static IEnumerable<ExplainedStage> StagesOf(Alert alert)
    {
        yield return new("validation", "It could be read.");
        yield return new("match", $"It matches the rule {alert.Rule.Name}, version {alert.Rule.Version}.");
        yield return new("deduplication", $"Its uuid was new for the org {alert.Org ?? "(unknown)"}; any repetition since was a duplicate.");
        if (alert.Outcome == AlertOutcome.Excepted)
        {
            yield return new("exceptionItem", alert.Because ?? "An exception item covers it.");
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
/// <param name="Outcome">How its story ended: alerted, capped, excepted, expected.</param>
/// <param name="Because">Why, in a sentence.</param>
/// <param name="Stages">What each stage found, in their order; the last one ended the story.</param>
/// <param name="AlertId">The record of it.</param>
/// <param name="Notifications">Who was told, and how far that has come.</param>
internal sealed record Explanation(
    string Uuid, string Outcome, string Because, IReadOnlyList<ExplainedStage> Stages, string AlertId, IReadOnlyList<AlertNotification> Notifications);

/// <summary>What one stage found.</summary>
internal sealed record ExplainedStage(string Stage, string Finding);
