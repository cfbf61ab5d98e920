using System.Text.Json.Nodes;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Tests.Okta.Ecs;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection.Kql;

/// <summary>The forms that Elastic's rules about Okta are written in.</summary>
[Trait("Engine", "Any")]
public sealed class ElasticRuleTests
{
    private const string Dataset = "data_stream.dataset:okta.system";

    [Theory]
    [InlineData($"{Dataset} and event.action:user.mfa.factor.reset_all", "user.mfa.factor.reset_all")]
    [InlineData($"{Dataset} and event.action:policy.lifecycle.deactivate", "policy.lifecycle.deactivate")]
    [InlineData($"{Dataset} and event.action:system.idp.lifecycle.create and okta.outcome.result:SUCCESS", "system.idp.lifecycle.create")]
    [InlineData($"{Dataset} and event.action:(application.lifecycle.delete or application.lifecycle.update)", "application.lifecycle.update")]
    [InlineData(
        $"{Dataset} and event.action: (user.account.privilege.grant or group.privilege.grant) and\n"
        + "  okta.debug_context.debug_data.flattened.privilegeGranted: *administrator*",
        "group.privilege.grant")]
    [InlineData(
        $"{Dataset} and event.category:authentication and event.action:user.authentication.auth_via_mfa and event.outcome:success "
        + "and not okta.outcome.reason:\"FastPass declined phishing attempt\"",
        "user.authentication.auth_via_mfa")]
    [InlineData($"{Dataset} and okta.actor.alternate_id:helpdesk* and not okta.actor.type:(Service or *Principal)", "user.session.start")]
    [InlineData($"{Dataset} and (event.action:user.session.* or okta.debug_context.debug_data.threat_suspected:true)", "user.session.start")]
    [InlineData($"{Dataset} and okta.debug_context.debug_data.flattened.trusted:true and okta.target.display_name:(* and not \"Okta\")", "user.session.start")]
    public void They_match_what_they_are_for_and_nothing_of_another_type(string text, string eventType)
    {
        var query = KqlQuery.Parse(text);

        Assert.True(query.Matches(Logged.Event(LogEvent(eventType))));
        Assert.True(query.EventTypes?.Contains(eventType) ?? true);
        Assert.False(query.Matches(Logged.Event("""{"eventType":"zone.create"}""")));
    }

    private static JsonObject LogEvent(string eventType)
    {
        var logEvent = Some.LogEvent(eventType);
        logEvent["debugContext"] = new JsonObject
        {
            ["debugData"] = new JsonObject { ["privilegeGranted"] = "Super administrator, Group administrator", ["trusted"] = true },
        };
        return logEvent;
    }
}
