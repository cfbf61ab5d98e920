namespace EventHookDetector.Alerts;

/// <summary>How severities and Elastic's risk scores go together.</summary>
internal static class SeverityScale
{
    /// <summary>Orders rows by severity: 0 for low up to 3 for critical.</summary>
    public const string RankSql = "CASE severity WHEN 'critical' THEN 3 WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END";

    private static readonly int[] Scores = [21, 47, 73, 99];

    /// <summary>Higher by so many steps, as far as there are any; the score never falls.</summary>
    public static (AlertSeverity Severity, int RiskScore) Raise(AlertSeverity severity, int riskScore, int steps)
    {
        var raised = (AlertSeverity)Math.Min((int)severity + steps, (int)AlertSeverity.Critical);
        return steps == 0 ? (severity, riskScore) : (raised, Math.Max(riskScore, Scores[(int)raised]));
    }
}
