using EventHookDetector.Storage;

namespace EventHookDetector.Alerts;

/// <summary>Why an alert matters more than its rule says, a sentence each.</summary>
internal static class SeverityReasons
{
    /// <summary>A line each; null for none.</summary>
    public static string? ToColumn(IReadOnlyList<string> reasons) => reasons.Count == 0 ? null : string.Join('\n', reasons);

    public static string[] FromColumn(string? column) => column?.Split('\n') ?? [];

    /// <summary>What came later makes an alert no better: it is a step more severe for each reason that it does not have yet.</summary>
    public static async Task AddToAsync(
        DetectorTransaction transaction, string alertId, IReadOnlyList<string> reasons)
    {
        if (reasons.Count == 0) return;

        var found = await transaction.ReadAsync(
            "SELECT severity, risk_score, severity_reasons FROM alerts WHERE id = @Id",
            row => (Severity: row.GetString(0), RiskScore: row.GetInt32(1), Reasons: FromColumn(row.IsDBNull(2) ? null : row.GetString(2))),
            alertId);
        if (found is not [var (severity, riskScore, known)] || reasons.Except(known, StringComparer.Ordinal).ToList() is not { Count: > 0 } more) return;

        var (raised, score) = SeverityScale.Raise(AlertRecord.FromColumn<AlertSeverity>(severity), riskScore, more.Count);
        await transaction.ExecuteAsync(
            "UPDATE alerts SET severity = @Severity, risk_score = @RiskScore, severity_reasons = @Reasons WHERE id = @Id",
            raised.ToColumn(), score, ToColumn([.. known, .. more]), alertId);
    }
}
