namespace EventHookDetector.Alerts;

/// <summary>An alert for Swagger UI; with made-up names and an address reserved for documentation.</summary>
internal static class AlertExample
{
    public const string Alert =
        """
        {
          "id": "019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01",
          "outcome": "alerted",
          "because": null,
          "kind": "administrator",
          "expectedResetId": null,
          "exceptionItemId": null,
          "status": "open",
          "verdict": null,
          "severity": "low",
          "severityReasons": [],
          "riskScore": 21,
          "rule": {
            "id": "729aa18d-06a6-41c7-b175-b65b739b1181",
            "name": "Attempt to Reset MFA Factors for an Okta User Account",
            "version": 415
          },
          "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001",
          "org": "example.okta.com",
          "eventType": "user.mfa.factor.reset_all",
          "published": "2026-11-24T09:15:02.417Z",
          "receivedAt": "2026-11-24T09:15:06.1Z",
          "actor": { "id": "00u1admin0000000001", "type": "User", "alternateId": "helpdesk.one@example.com", "displayName": "Helpdesk One" },
          "targets": [ { "id": "00u1victim000000001", "type": "User", "alternateId": "ada.byron@example.com", "displayName": "Ada Byron" } ],
          "result": "SUCCESS",
          "reason": null,
          "client": {
            "ipAddress": "198.51.100.23", "city": "Lisbon", "state": "Lisbon", "country": "Portugal",
            "userAgent": "Mozilla/5.0", "device": "Computer", "ipChain": ["198.51.100.23"]
          },
          "network": { "asNumber": "64496", "asOrg": "example carrier", "isp": "example carrier", "domain": "example.net", "isProxy": false },
          "apiTokenId": null,
          "riskLevel": null,
          "window": { "start": "2026-11-24T09:15:00Z", "end": "2026-11-24T09:20:00Z" },
          "factors": [],
          "merged": [],
          "notifications": [
            {
              "id": "019ab3f0-8f4b-7a20-b1f7-3c1e5d1f0a52", "notifier": "secops", "state": "sent",
              "attempts": 1, "lastError": null, "sentAt": "2026-11-24T09:15:06.3Z"
            }
          ],
          "timeline": [
            { "at": "2026-11-24T09:15:02.417Z", "what": "Happened, by Okta's clock." },
            { "at": "2026-11-24T09:15:06.1Z", "what": "Received, and raised as an alert." },
            { "at": "2026-11-24T09:15:06.3Z", "what": "Told through secops." }
          ]
        }
        """;

    public static readonly string AlertWithRaw =
        $$"""{{Alert.TrimEnd().TrimEnd('}')}}, "ecs": { "event": { "action": "user.mfa.factor.reset_all" }, "okta": { "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001" } }, "raw": { "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001", "eventType": "user.mfa.factor.reset_all" }, "mergedRaw": [], "rawSha256": "5e1c0f6a0c7bb0b1f2d4ac1b9b9f4a1e2f0d6c1d3e5f708192a3b4c5d6e7f809" }""";
}
