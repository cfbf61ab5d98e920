using System.Globalization;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

[Trait("Engine", "Any")]
public sealed class SampleTests
{
    private static readonly Subject Helpdesk = new("00u1admin0000000001", "User", "helpdesk.one@example.com", "Helpdesk One");
    private static readonly Subject Ada = new("00u1victim000000001", "User", "ada.byron@example.com", "Ada Byron");

    [Fact]
    public void A_reset_is_read_with_who_whose_when_where_and_how()
    {
        var delivery = Reading.Of(Some.Sample("reset-all"));

        Assert.Null(delivery.Defect);
        Assert.Equal(("example.okta.com", "7d1f0a52-6a0e-4d36-9b57-0f9f6f5a1001", 0), (delivery.Org, delivery.EventId, delivery.Unwanted));
        var logEvent = Assert.Single(delivery.LogEvents);
        Assert.Equal(("user.mfa.factor.reset_all", "example.okta.com", null), (logEvent.EventType, logEvent.Org, logEvent.Defect));
        var fields = logEvent.Fields;
        Assert.Equal("5b8b7c60-c8f4-11f0-9a3d-0242ac120001", fields.Uuid);
        Assert.Equal(Time("2026-11-24T09:15:02.417Z"), fields.Published);
        Assert.Equal(("Reset all factors for user", "INFO"), (fields.DisplayMessage, fields.Severity));
        Assert.Equal(Helpdesk, fields.Actor);
        Assert.Equal(Ada, Assert.Single(fields.Targets));
        Assert.Equal(("SUCCESS", null), (fields.Result, fields.Reason));
        Assert.Equal(new Network("15525", "example carrier", "example carrier", "example.net", IsProxy: false), fields.Network);
        Assert.Equal(("aXNzdWVkLXR4LTAwMDE", null, null), (fields.TransactionId, fields.ApiTokenId, fields.RiskLevel));
        Assert.Equal("/api/v1/users/00u1victim000000001/lifecycle/reset_factors", fields.RequestUri);
    }

    [Theory]
    [InlineData("reset-all")]
    [InlineData("reset-all-nulls-left-out")]
    [InlineData("reset-all-several-targets")]
    [InlineData("identity-engine-reset")]
    public void The_place_and_the_device_are_read_alike_in_every_sample(string sample)
    {
        var client = new WantedSample(sample).First.Client!;

        Assert.Equal(("198.51.100.23", "Lisbon", "Lisbon", "Portugal"), (client.IpAddress, client.City, client.State, client.Country));
        Assert.Equal(("CHROME", "Mac OS X", "Computer"), (client.Browser, client.Os, client.Device));
        Assert.StartsWith("Mozilla/5.0 (Macintosh", client.UserAgent, StringComparison.Ordinal);
        Assert.Equal(["198.51.100.23"], client.IpChain);
    }

    [Fact]
    public void Where_Okta_leaves_nulls_out_the_rest_reads_the_same()
    {
        var fields = new WantedSample("reset-all-nulls-left-out").First;

        Assert.Equal((Helpdesk, Ada, "SUCCESS", null), (fields.Actor, fields.TargetUser, fields.Result, fields.Reason));
        Assert.Equal(Time("2021-05-04T17:40:11Z"), fields.Published);
    }

    [Fact]
    public void The_user_among_several_targets_is_the_one_it_is_about()
    {
        var fields = new WantedSample("reset-all-several-targets").First;

        Assert.Equal(["AuthenticatorEnrollment", "User", "UserGroup"], fields.Targets.Select(target => target.Type));
        Assert.Equal(Ada, fields.TargetUser);
    }

    [Fact]
    public void Oktas_preview_names_nobody_and_is_still_a_reset()
    {
        var fields = new WantedSample("preview").First;

        Assert.Equal("5b8b7c60-c8f4-11f0-9a3d-0242ac120003", fields.Uuid);
        Assert.Equal(Time("2026-11-17T09:15:02.417123Z"), fields.Published);
        Assert.Equal("Success", fields.Result);
        Assert.Equal((null, null, null, null), (fields.Actor, fields.TargetUser, fields.Network, fields.RequestUri));
        Assert.Equal("Lisbon", fields.Client!.City);
        Assert.Empty(fields.Client.IpChain);
    }

    [Fact]
    public void Of_a_mixed_delivery_the_reset_is_read_and_the_others_are_counted()
    {
        var delivery = Reading.Of(Some.Sample("mixed-batch"));

        Assert.Equal("user.mfa.factor.reset_all", Assert.Single(delivery.LogEvents).EventType);
        Assert.True(delivery.Unwanted >= 2);
    }

    [Fact]
    public void The_resets_of_Identity_Engine_keep_their_reasons()
    {
        var sample = new WantedSample("identity-engine-reset");

        Assert.Equal(
            ["User reset SIGNED_NONCE factor", "User reset OKTA_VERIFY_PUSH factor", "User reset OKTA_SOFT_TOKEN factor"],
            sample.All.Select(fields => fields.Reason));
        Assert.All(sample.All, fields => Assert.Equal(Ada, fields.TargetUser));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private sealed class WantedSample(string name)
    {
        public IReadOnlyList<LogEventFields> All { get; } =
            [.. DeliveryReader.Read(Some.Sample(name), new([Some.ResetType, "user.mfa.factor.deactivate"])).LogEvents.Select(found => found.Fields)];

        public LogEventFields First => All[0];
    }
}
