namespace EventHookDetector.EventHook;

/// <summary>A delivery as Okta sends it, for Swagger UI; with made-up names and an address reserved for documentation.</summary>
internal static class EventHookExample
{
    public const string Delivery =
        """
        {
          "eventType": "com.okta.event_hook",
          "eventTypeVersion": "1.0",
          "cloudEventsVersion": "0.1",
          "source": "https://example.okta.com/api/v1/eventHooks/who1a2b3c4d5e6f7g8h9",
          "eventId": "7d1f0a52-6a0e-4d36-9b57-0f9f6f5a1001",
          "eventTime": "2026-11-24T09:15:06.031Z",
          "contentType": "application/json",
          "data": {
            "events": [
              {
                "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001",
                "published": "2026-11-24T09:15:02.417Z",
                "eventType": "user.mfa.factor.reset_all",
                "displayMessage": "Reset all factors for user",
                "severity": "INFO",
                "actor": {
                  "id": "00u1admin0000000001", "type": "User",
                  "alternateId": "helpdesk.one@example.com", "displayName": "Helpdesk One"
                },
                "client": {
                  "ipAddress": "198.51.100.23",
                  "userAgent": { "rawUserAgent": "Mozilla/5.0", "os": "Mac OS X", "browser": "CHROME" },
                  "geographicalContext": { "city": "Lisbon", "state": "Lisbon", "country": "Portugal" }
                },
                "outcome": { "result": "SUCCESS", "reason": null },
                "target": [
                  {
                    "id": "00u1victim000000001", "type": "User",
                    "alternateId": "ada.byron@example.com", "displayName": "Ada Byron"
                  }
                ],
                "transaction": { "type": "WEB", "id": "aXNzdWVkLXR4LTAwMDE", "detail": {} },
                "securityContext": { "asNumber": 15525, "asOrg": "example carrier", "isp": "example carrier", "isProxy": false }
              }
            ]
          }
        }
        """;
}
