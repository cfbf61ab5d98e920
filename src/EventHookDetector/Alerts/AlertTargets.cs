using EventHookDetector.Okta;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Alerts;

/// <summary>
/// The further accounts that an alert is about. The first one stands in the alert's own row, so the usual alert writes no row here.
/// </summary>
internal static class AlertTargets
{
    // A search finds no more of one alert; the alert itself shows all.
    private const int MostStored = 1000;

    /// <summary>The names of the further targets of a row of <c>alerts</c>, each behind a comma; empty if it has none.</summary>
    public const string FurtherNamesSql =
        """
        COALESCE((
            SELECT ', ' || string_agg(COALESCE(alert_targets.target_login, alert_targets.target_id), ', ')
            FROM alert_targets WHERE alert_targets.alert_id = alerts.id), '')
        """;

    public static Task InsertAsync(DetectorTransaction transaction, string alertId, IReadOnlyList<Subject> targets) => Task.WhenAll(
        targets.Skip(1).Take(MostStored)
            .Select(target => (Id: AlertRecord.Searchable(target.Id), Login: AlertRecord.Searchable(target.AlternateId)))
            .Where(target => (target.Id ?? target.Login) is not null)
            .Select(target => transaction.ExecuteAsync(
                "INSERT INTO alert_targets (alert_id, target_id, target_login) VALUES (@AlertId, @TargetId, @TargetLogin)",
                alertId, target.Id, target.Login)));

    public static Task<int> RemoveAsync(DetectorTransaction transaction, IReadOnlyList<string> alertIds)
    {
        var where = new Where().AndIn("alert_id", alertIds);
        return transaction.ExecuteAsync($"DELETE FROM alert_targets {where}", where);
    }
}

[Migration(202611300111, "Further targets of alerts")]
public sealed class CreateAlertTargets : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE alert_targets (
            id {id},
            alert_id TEXT NOT NULL,
            target_id TEXT NULL,
            target_login TEXT NULL
        );
        CREATE INDEX alert_targets_alert ON alert_targets (alert_id);
        CREATE INDEX alert_targets_id ON alert_targets (target_id, alert_id) WHERE target_id IS NOT NULL;
        CREATE INDEX alert_targets_login ON alert_targets (target_login, alert_id) WHERE target_login IS NOT NULL
        """;
}
