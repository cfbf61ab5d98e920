using EventHookDetector.Alerts;
using EventHookDetector.Notifications;

namespace EventHookDetector.Tests.Notifications;

/// <summary>A notice with everything in it, for tests that care about one part.</summary>
internal static class SomeNotice
{
    public static Notice About(string target) => new()
    {
        Id = "0199d3a2-0000-7000-8000-000000000001",
        Thread = "0199d3a2-0000-7000-8000-00000000000a",
        Type = "alert.raised",
        Timestamp = new DateTimeOffset(2026, 3, 1, 11, 59, 58, TimeSpan.Zero),
        Title = $"MFA factors of {target} were reset",
        Summary = $"All MFA factors of {target} were reset by eve@example.com at 2026-03-01 11:59:57 UTC.",
        Facts = [new("Target", target), new("Actor", "eve@example.com"), new("Address", "198.51.100.23")],
        NextSteps = ["Ask the owner by another way than mail.", "End the account's sessions."],
        Link = new Uri("https://detector.example.com/api/alerts/1?a=1&b=2"),
        Data = new { id = "1", Severity = NoticeKind.Alert, target },
    };

    /// <summary>The same about an alert whose severity was raised.</summary>
    public static Notice Raised(AlertSeverity severity, string because)
    {
        var notice = About("ada@example.com");
        return notice with { Title = SeverityMark.Lead(severity, isRaised: true, notice.Title), Severity = severity, RaisedBecause = because };
    }
}
