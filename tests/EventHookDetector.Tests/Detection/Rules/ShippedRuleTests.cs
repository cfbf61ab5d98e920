using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Alerts;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Detection.Rules;

public sealed class ShippedRuleTests
{
    private const string FactorReset = "Attempt to Reset MFA Factors for an Okta User Account";
    private const string FactorsOneByOne = "MFA factors of an Okta user account were reset one by one";

    /// <summary>By the name of each rule: a log event made for it.</summary>
    private static readonly Dictionary<string, JsonObject> Made = new(StringComparer.Ordinal)
    {
        [FactorReset] = Some.FactorReset(),
        [FactorsOneByOne] = Some.LogEvent("user.mfa.factor.deactivate"),
        ["Okta policy was switched off"] = Some.LogEvent("policy.lifecycle.deactivate"),
        ["Okta policy was changed"] = Some.LogEvent("policy.lifecycle.update"),
        ["Okta policy rule was switched off"] = Some.LogEvent("policy.rule.deactivate"),
        ["Okta policy rule was deleted"] = Some.LogEvent("policy.rule.delete"),
        ["Okta policy rule was changed"] = Some.LogEvent("policy.rule.update"),
        ["Okta API token was created"] = Some.LogEvent("system.api_token.create"),
        ["Okta API token was revoked"] = Some.LogEvent("system.api_token.revoke"),
        ["Okta application was switched off"] = Some.LogEvent("application.lifecycle.deactivate"),
        ["Okta application was deleted"] = Some.LogEvent("application.lifecycle.delete"),
        ["Okta application was changed"] = Some.LogEvent("application.lifecycle.update"),
        ["Okta administrator role was granted"] = Granting("user.account.privilege.grant", "Super administrator"),
        ["Okta administrator privileges were granted to a group"] = Granting("group.privilege.grant", "Help desk"),
        ["Okta identity provider was added"] = Some.LogEvent("system.idp.lifecycle.create"),
        ["Okta user reported suspicious activity"] = Some.LogEvent("user.account.report_suspicious_activity_by_enduser"),
        ["Okta FastPass declined a phishing attempt"] = Ending("user.authentication.auth_via_mfa", "FAILURE", "FastPass declined phishing attempt"),
    };

    public static TheoryData<string> Names => [.. Made.Keys];

    [Fact]
    public void Every_file_can_be_used()
    {
        Assert.Empty(RuleFiles.Shipped.Faults);
        Assert.Equal(Made.Keys.Order(), RuleFiles.Shipped.Rules.Select(rule => rule.Rule.Name).Order());
    }

    [Fact]
    public void Every_rule_has_an_id_of_its_own_and_a_guide()
    {
        var rules = RuleFiles.Shipped.Rules.Select(rule => rule.Rule).ToArray();

        Assert.Distinct(rules.Select(rule => rule.Id));
        Assert.All(rules, rule =>
        {
            Assert.True(Guid.TryParse(rule.Id, out _));
            Assert.NotEmpty(rule.TriageGuide.Investigate);
            Assert.NotEmpty(rule.TriageGuide.FalsePositives);
            Assert.NotEmpty(rule.TriageGuide.Respond);
            Assert.NotEmpty(rule.Threat);
            Assert.Equal(rule.RiskScore, rule.Severity == AlertSeverity.Low ? 21 : 47);
        });
    }

    [Fact]
    public void Only_the_resets_of_factors_are_on_by_default()
    {
        Assert.Equal([FactorsOneByOne, FactorReset], RuleFiles.Shipped.Rules.Where(rule => rule.Rule.Enabled).Select(rule => rule.Rule.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_rule_matches_the_log_event_made_for_it_and_none_made_for_another(string name)
    {
        var rule = Assert.Single(RuleFiles.Shipped.Rules, rule => rule.Rule.Name == name);

        Assert.Equal([name], Made.Where(made => rule.Query.Matches(Read(made.Value))).Select(made => made.Key));
        Assert.Contains(Made[name]["eventType"]!.GetValue<string>(), rule.Rule.EventTypes);
    }

    [Theory]
    [InlineData("Okta administrator role was granted", "user.account.privilege.grant", "Read-only auditor", false)]
    [InlineData("Okta administrator role was granted", "user.account.privilege.revoke", "Super administrator", false)]
    [InlineData("Okta administrator role was granted", "group.privilege.grant", "Group administrator", true)]
    [InlineData("Okta administrator privileges were granted to a group", "group.privilege.grant", "Group administrator", true)]
    public void Which_privilege_was_granted_counts_where_it_should(string name, string eventType, string privilege, bool matches)
    {
        Assert.Equal(matches, Matches(name, Granting(eventType, privilege)));
    }

    [Theory]
    [InlineData("Okta identity provider was added", "system.idp.lifecycle.create", "FAILURE", null)]
    [InlineData("Okta FastPass declined a phishing attempt", "user.authentication.auth_via_mfa", "FAILURE", "INVALID_CREDENTIALS")]
    [InlineData("Okta FastPass declined a phishing attempt", "user.authentication.auth_via_mfa", "SUCCESS", "FastPass declined phishing attempt")]
    [InlineData("Okta FastPass declined a phishing attempt", "user.authentication.auth", "FAILURE", "FastPass declined phishing attempt")]
    public void What_came_of_it_counts_where_it_should(string name, string eventType, string result, string? reason)
    {
        Assert.False(Matches(name, Ending(eventType, result, reason)));
    }

    private static bool Matches(string name, JsonObject logEvent) =>
        RuleFiles.Shipped.Rules.Single(rule => rule.Rule.Name == name).Query.Matches(Read(logEvent));

    private static LogEvent Read(JsonObject logEvent) =>
        new(Encoding.UTF8.GetBytes(logEvent.ToJsonString()), logEvent["eventType"]!.GetValue<string>(), "example.okta.com");

    private static JsonObject Granting(string eventType, string privilege)
    {
        var logEvent = Some.LogEvent(eventType);
        logEvent["debugContext"] = new JsonObject { ["debugData"] = new JsonObject { ["privilegeGranted"] = privilege } };
        return logEvent;
    }

    private static JsonObject Ending(string eventType, string result, string? reason)
    {
        var logEvent = Some.LogEvent(eventType);
        logEvent["outcome"] = new JsonObject { ["result"] = result, ["reason"] = reason };
        return logEvent;
    }
}
