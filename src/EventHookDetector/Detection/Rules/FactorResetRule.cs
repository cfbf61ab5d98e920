using EventHookDetector.Alerts;

namespace EventHookDetector.Detection.Rules;

/// <summary>
/// The rule the product exists for. Id, name, version, severity, score, tags and threat are those of Elastic's prebuilt rule,
/// so that an alert of ours and one of Elastic's can be laid side by side; the guide is our own.
/// </summary>
internal static class FactorResetRule
{
    public const string EventType = "user.mfa.factor.reset_all";

    public static Rule Create(DetectionOptions options) => new()
    {
        Id = "729aa18d-06a6-41c7-b175-b65b739b1181",
        Name = "Attempt to Reset MFA Factors for an Okta User Account",
        Version = 415,
        Description =
            "Somebody had all MFA factors of an account reset, or tried to. An attacker who has talked a service desk into "
            + "this enrols a factor of their own next and owns the account.",
        Severity = AlertSeverity.Low,
        RiskScore = 21,
        Query = $"data_stream.dataset:okta.system and event.action:{EventType}",
        EventTypes = [EventType],
        Tags = ["Tactic: Persistence", "Use Case: Identity and Access Audit", "Data Source: Okta", "Resources: Investigation Guide"],
        Threat =
        [
            new("TA0003", "Persistence", "T1098", "Account Manipulation", null, null),
            new("TA0005", "Defense Evasion", "T1556", "Modify Authentication Process", "T1556.006", "Multi-Factor Authentication"),
        ],
        Window = options.Window,
        MaxAlerts = options.MaxAlerts,
        TriageGuide = Guide,
        References =
        [
            "https://developer.okta.com/docs/reference/api/event-types/",
            "https://sec.okta.com/articles/2023/08/cross-tenant-impersonation-prevention-and-detection",
        ],
    };

    private static TriageGuide Guide => new(
        Investigate:
        [
            "Call the person whose factors were reset, on a number you already have: did they ask for it?",
            "Ask whoever did it for the ticket, and check how the caller proved who they were.",
            "Compare address, place and network with where the actor usually works; a proxy or an API token is a bad sign.",
            "Look in Okta for what the account did next: a sign-in from a new device, a new factor, a visit to the Admin Console.",
            "Look for what the actor did around it: further resets, password resets, privileges granted, policies weakened.",
        ],
        FalsePositives:
        [
            "The service desk resets factors for people with a lost or a new device. The ticket says so.",
            "A tool that offboards or migrates accounts. It works under an API token you can name.",
            "A planned audit or a migration of factors. It was announced, and it ends.",
        ],
        Respond:
        [
            "If nobody asked for it: suspend the account in Okta and clear its sessions, OAuth tokens included.",
            "Reset its factors again so that only the owner can enrol, and expire the password.",
            "Remove factors, privileges, API tokens and identity providers that were added since.",
            "Do the same for the account of whoever did the reset, if it may be in other hands too.",
            "Write down what happened, tell the owner, and look for the same actor in other alerts.",
        ]);
}
