namespace EventHookDetector.Hosting;

/// <summary>The groups of Swagger UI, in the order of an incident.</summary>
internal static class Tags
{
    public const string Overview = "Overview";
    public const string Alerts = "Alerts";
    public const string Notifications = "Notifications";
    public const string Notifiers = "Notifiers";
    public const string Explain = "Explain";
    public const string ExceptionItems = "Exception items";
    public const string ExpectedResets = "Expected resets";
    public const string Windows = "Windows";
    public const string Rules = "Rules";
    public const string Quarantine = "Quarantine";
    public const string Keys = "Keys";
    public const string People = "People";
    public const string Audit = "Audit";
    public const string EventHook = "Event hook";
    public const string Health = "Health";

    public static readonly (string Name, string Description)[] InOrder =
    [
        (Overview, "How things stand, at one glance. The page at [/](/) shows it, live."),
        (Alerts, "What was found: start here when somebody was told something."),
        (Rules, "What is looked for, and what to do when it is found."),
        (Explain, "Why a log event did, or did not, wake anybody."),
        (Notifications, "Who was told, who is still to be told, and who could not be told."),
        (Notifiers, "The channels, and a test of each."),
        (Windows, "How many alerts each window held, and how many it withheld."),
        (Quarantine, "What came with the right secret and could not be read."),
        (ExceptionItems, "Stored reasons not to alert, each with an owner and an end."),
        (ExpectedResets, "Resets that are going to happen and should wake nobody."),
        (Keys, "Who may use this API, in which role, and until when. For admins."),
        (People, "Takes a person out of what is kept. For admins."),
        (Audit, "Who did what, and what the detector withheld by itself; no row can be changed without its being noticed."),
        (EventHook, "Okta's side: the verification, and the deliveries."),
        (Health, "For load balancers. What is measured is at /metrics, for Prometheus."),
    ];
}
