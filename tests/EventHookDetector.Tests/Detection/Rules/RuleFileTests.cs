using EventHookDetector.Detection.Rules;

namespace EventHookDetector.Tests.Detection.Rules;

[Trait("Engine", "Any")]
public sealed class RuleFileTests
{
    /// <summary>The smallest rule there is; the lines count in what follows.</summary>
    public const string Smallest =
        """
        id = "vip-reset"
        name = "Factors of an executive were reset"
        version = 1
        description = "Wakes whoever is on call."
        severity = "critical"
        risk_score = 99
        query = "event.action:user.mfa.factor.reset_all and okta.target.alternate_id:ceo@example.com"

        [triage]
        investigate = ["Call them."]
        false_positives = ["A new telephone."]
        respond = ["Suspend the account."]

        """;

    [Fact]
    public void What_is_left_out_has_a_default()
    {
        var rule = RuleFile.Read("vip.toml", Smallest).Rule!.Rule;

        Assert.Equal((TimeSpan.FromMinutes(5), 100, false), (rule.Window, rule.MaxAlerts, rule.Enabled));
        Assert.Equal(["user.mfa.factor.reset_all"], rule.EventTypes);
        Assert.Empty(rule.Tags);
        Assert.Empty(rule.Threat);
    }

    [Fact]
    public void Everything_can_be_said()
    {
        var rule = RuleFile.Read("vip.toml", $"""
            enabled = true
            window = "01:00:00"
            max_alerts = 7
            tags = ["a", "b"]
            references = ["https://example.com"]
            {Smallest}
            [[threat]]
            tactic_id = "TA0003"
            tactic = "Persistence"
            technique_id = "T1098"
            technique = "Account Manipulation"
            """).Rule!.Rule;

        Assert.Equal((TimeSpan.FromHours(1), 7, true), (rule.Window, rule.MaxAlerts, rule.Enabled));
        Assert.Equal(["a", "b"], rule.Tags);
        Assert.Equal(["https://example.com"], rule.References);
        Assert.Equal(("TA0003", "T1098", null), (rule.Threat[0].TacticId, rule.Threat[0].TechniqueId, rule.Threat[0].SubtechniqueId));
        Assert.Equal(["Call them."], rule.TriageGuide.Investigate);
    }

    [Theory]
    [InlineData("version = 1", "version = ", 3, "")]
    [InlineData("name = ", "name ", 2, "")]
    [InlineData("version = 1", "version = \"1\"", 3, "version must be a whole number")]
    [InlineData("version = 1", "version = 0", 3, "version must be a whole number")]
    [InlineData("version = 1", "versoin = 1", 3, "versoin is not a key here")]
    [InlineData("version = 1", "version = 1\nversion = 2", 4, "")]
    [InlineData("version = 1", "version = 1\nwindow = \"1 hour\"", 4, "window must be")]
    [InlineData("version = 1", "version = 1\nwindow = \"2.00:00:00\"", 4, "window must be")]
    [InlineData("version = 1", "version = 1\nmax_alerts = 0", 4, "max_alerts must be")]
    [InlineData("version = 1", "version = 1\nenabled = \"yes\"", 4, "enabled must be true or false")]
    [InlineData("version = 1", "version = 1\ntags = [1]", 4, "tags must be a list of texts")]
    [InlineData("vip-reset", "VIP reset", 1, "id must be of lower-case letters")]
    [InlineData("critical", "dreadful", 5, "severity must be one of low, medium, high, critical")]
    [InlineData("99", "101", 6, "risk_score must be a whole number from 0 to 100")]
    [InlineData("event.action:user", "not not event.action:user", 7, "query is not KQL. Line 1, column")]
    [InlineData("event.action:user.mfa.factor.reset_all and ", "", 7, "query could match log events of any type")]
    [InlineData(" and okta.target.alternate_id:ceo@example.com", " and event.action:policy.rule.update", 7, "query can match no log event")]
    [InlineData("[\"Call them.\"]", "[]", 10, "triage.investigate must be a list")]
    [InlineData("[\"Call them.\"]", "\"Call them.\"", 10, "triage.investigate must be a list")]
    [InlineData("respond = ", "reply = ", 12, "triage.reply is not a key here")]
    [InlineData("[triage]", "[guide]", 9, "is not a table here")]
    public void A_fault_is_told_with_its_place(string good, string bad, int line, string fault)
    {
        var file = RuleFile.Read("vip.toml", Smallest.Replace(good, bad, StringComparison.Ordinal));

        Assert.Null(file.Rule);
        Assert.Contains(file.Faults, found => found.Line == line && found.Fault.Contains(fault, StringComparison.Ordinal));
        Assert.All(file.Faults, found => Assert.StartsWith($"vip.toml, line {found.Line}, column {found.Column}: ", found.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_stands_in_a_file_it_is_a_rule_or_has_faults()
    {
        var damaged = from place in Enumerable.Range(0, Smallest.Length)
                      from damage in new[] { "", "\"", "\0", "[", "=", "\n", "\uD800", "9" }
                      select $"{Smallest[..place]}{damage}{Smallest[Math.Min(Smallest.Length, place + 1)..]}";
        var cut = Enumerable.Range(0, Smallest.Length).Select(length => Smallest[..length]);

        Assert.All([.. damaged, .. cut], text =>
        {
            var file = RuleFile.Read("vip.toml", text);
            Assert.Equal(file.Rule is null, file.Faults.Count > 0);
        });
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var file = RuleFile.Read("vip.toml", "id = \"x\"\nversion = 0\n");

        Assert.Equal(["description", "name", "query", "risk_score", "severity", "the", "version"], file.Faults.Select(fault => fault.Fault.Split(' ')[0]).Order(StringComparer.Ordinal));
    }
}
