using System.Text.Json.Nodes;
using EventHookDetector.Okta.Ecs;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta.Ecs;

[Trait("Engine", "Any")]
public sealed class EcsDocumentTests
{
    [Fact]
    public void A_reset_is_indexed_field_by_field_as_Elastic_would()
    {
        var document = EcsDocument.Of(Assert.Single(Logged.Sample("reset-all")));

        var expected = JsonNode.Parse("""
            {
              "@timestamp": "2026-11-24T09:15:02.417Z",
              "data_stream": { "dataset": "okta.system", "type": "logs" },
              "event": {
                "action": "user.mfa.factor.reset_all", "category": ["authentication"], "dataset": "okta.system",
                "id": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001", "kind": "event", "module": "okta", "outcome": "success", "type": ["info"]
              },
              "client": {
                "as": { "organization": { "name": "example carrier" } },
                "domain": "example.net",
                "geo": {
                  "city_name": "Lisbon", "country_name": "Portugal", "location": { "lat": 38.7223, "lon": -9.1393 }, "region_name": "Lisbon"
                },
                "ip": "198.51.100.23",
                "user": { "full_name": "Helpdesk One", "id": "00u1admin0000000001", "name": "helpdesk.one@example.com" }
              },
              "related": { "ip": ["198.51.100.23"], "user": ["Helpdesk One", "Ada Byron"] },
              "source": {
                "domain": "example.net", "ip": "198.51.100.23",
                "user": { "full_name": "Helpdesk One", "id": "00u1admin0000000001", "name": "helpdesk.one@example.com" }
              },
              "user": {
                "email": "helpdesk.one@example.com", "full_name": "Helpdesk One", "name": "helpdesk.one@example.com",
                "target": { "full_name": "Ada Byron", "id": "00u1victim000000001" }
              },
              "user_agent": { "original": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36" },
              "okta": {
                "actor": { "alternate_id": "helpdesk.one@example.com", "display_name": "Helpdesk One", "id": "00u1admin0000000001", "type": "User" },
                "authentication_context": { "authentication_step": 0, "external_session_id": "102sessionAAAA", "root_session_id": "102sessionAAAA" },
                "client": {
                  "device": "Computer", "ip": "198.51.100.23",
                  "user_agent": {
                    "browser": "CHROME", "os": "Mac OS X",
                    "raw_user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
                  },
                  "zone": "null"
                },
                "debug_context": { "debug_data": {
                  "dt_hash": "9f2c6f3ad0b8b4c1", "request_id": "aXNzdWVkLXR4LTAwMDE",
                  "request_uri": "/api/v1/users/00u1victim000000001/lifecycle/reset_factors", "threat_suspected": "false",
                  "url": "/api/v1/users/00u1victim000000001/lifecycle/reset_factors?",
                  "flattened": {
                    "requestId": "aXNzdWVkLXR4LTAwMDE", "requestUri": "/api/v1/users/00u1victim000000001/lifecycle/reset_factors",
                    "url": "/api/v1/users/00u1victim000000001/lifecycle/reset_factors?", "targetEventHookIds": "who1a2b3c4d5e6f7g8h9",
                    "threatSuspected": "false", "dtHash": "9f2c6f3ad0b8b4c1"
                  }
                } },
                "display_message": "Reset all factors for user",
                "event_type": "user.mfa.factor.reset_all",
                "outcome": { "result": "SUCCESS" },
                "security_context": {
                  "as": { "number": 15525, "organization": { "name": "example carrier" } },
                  "domain": "example.net", "is_proxy": false, "isp": "example carrier"
                },
                "transaction": { "id": "aXNzdWVkLXR4LTAwMDE", "type": "WEB" },
                "uuid": "5b8b7c60-c8f4-11f0-9a3d-0242ac120001",
                "request": { "ip_chain": [ {
                  "ip": "198.51.100.23", "version": "V4",
                  "geographical_context": {
                    "city": "Lisbon", "country": "Portugal", "geolocation": { "lat": 38.7223, "lon": -9.1393 },
                    "postal_code": "1100-148", "state": "Lisbon"
                  }
                } ] },
                "target": [ { "alternate_id": "ada.byron@example.com", "display_name": "Ada Byron", "id": "00u1victim000000001", "type": "User" } ]
              }
            }
            """);
        Assert.True(JsonNode.DeepEquals(expected, document), document.ToJsonString());
    }

    [Fact]
    public void The_target_is_the_first_that_is_a_user_wherever_it_stands()
    {
        var document = EcsDocument.Of(Assert.Single(Logged.Sample("reset-all-several-targets")));

        Assert.Equal("Ada Byron", (string?)document["user"]!["target"]!["full_name"]);
        Assert.Equal("00u1victim000000001", (string?)document["user"]!["target"]!["id"]);
        Assert.Equal(["Helpdesk One", "Ada Byron"], document["related"]!["user"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(["Okta Verify", "Ada Byron", "Finance"], document["okta"]!["target"]!.AsArray().Select(one => (string?)one!["display_name"]));
    }

    [Fact]
    public void Nulls_left_out_and_nulls_sent_make_the_same_document()
    {
        var sent = Logged.Flat(EcsDocument.Of(Assert.Single(Logged.Sample("reset-all"))));
        var leftOut = Logged.Flat(EcsDocument.Of(Assert.Single(Logged.Sample("reset-all-nulls-left-out"))));

        Assert.Equal(sent.Select(field => field.Key), leftOut.Select(field => field.Key));
    }

    [Fact]
    public void Oktas_preview_without_actor_and_target_has_what_is_left()
    {
        var document = EcsDocument.Of(Assert.Single(Logged.Sample("preview")));

        Assert.Equal("success", (string?)document["event"]!["outcome"]);
        Assert.Equal("198.51.100.23", (string?)document["source"]!["ip"]);
        Assert.Null(document["user"]);
        Assert.Null(document["okta"]!["target"]);
        Assert.Null(document["okta"]!["debug_context"]);
    }

    [Fact]
    public void A_factor_deactivated_is_an_end_and_an_information()
    {
        var document = EcsDocument.Of(Logged.Sample("identity-engine-reset")[0]);

        Assert.Equal("""["authentication"]""", document["event"]!["category"]!.ToJsonString());
        Assert.Equal("""["end","info"]""", document["event"]!["type"]!.ToJsonString());
        Assert.Equal("User reset SIGNED_NONCE factor", (string?)document["okta"]!["outcome"]!["reason"]);
    }

    [Theory]
    [InlineData("SUCCESS", "success")]
    [InlineData("Success", "success")]
    [InlineData("ALLOW", "success")]
    [InlineData("FAILURE", "failure")]
    [InlineData("DENY", "failure")]
    [InlineData("CHALLENGE", "unknown")]
    [InlineData("", "unknown")]
    [InlineData(null, "unknown")]
    public void The_outcome_is_success_failure_or_unknown(string? result, string outcome)
    {
        var logEvent = Some.FactorReset();
        logEvent["outcome"]!["result"] = result;

        Assert.Equal([outcome], Logged.Event(logEvent).Values("event.outcome"));
    }

    [Theory]
    [InlineData("{reasons=New Device, New Country, level=HIGH}", null, "HIGH", "New Device|New Country")]
    [InlineData("{level=MEDIUM, reasons=Anomalous Location}", null, "MEDIUM", "Anomalous Location")]
    [InlineData("{level=LOW}", """{"risk":{"level":"HIGH","reasons":"New IP"}}""", "HIGH", "New IP")]
    [InlineData("odd", "{\"risk\":", "", "")]
    public void The_risk_is_read_out_of_the_debug_datas_text(string risk, string? logOnly, string level, string reasons)
    {
        var logEvent = Some.FactorReset();
        logEvent["debugContext"] = new JsonObject
        {
            ["debugData"] = new JsonObject { ["risk"] = risk, ["logOnlySecurityData"] = logOnly, ["behaviors"] = "{New Device=POSITIVE, New IP=NEGATIVE}" },
        };
        var read = Logged.Event(logEvent);

        Assert.Equal(level, string.Concat(read.Values("okta.debug_context.debug_data.risk_level")));
        Assert.Equal(reasons, string.Join('|', read.Values("okta.debug_context.debug_data.risk_reasons")));
        Assert.Equal(["New Device"], read.Values("okta.debug_context.debug_data.risk_behaviors"));
        Assert.Equal([risk], read.Values("okta.debug_context.debug_data.flattened.risk"));
    }
}
