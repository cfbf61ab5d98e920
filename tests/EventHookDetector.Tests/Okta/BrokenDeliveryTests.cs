using System.Text;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

[Trait("Engine", "Any")]
public sealed class BrokenDeliveryTests
{
    [Fact]
    public void A_reset_is_found_in_every_beginning_of_a_delivery_that_holds_its_event_type()
    {
        var body = Some.Sample("reset-all").AsSpan().TrimEnd("\n"u8).ToArray();
        var found = body.AsSpan().IndexOf("\"user.mfa.factor.reset_all\""u8) + "\"user.mfa.factor.reset_all\"".Length;

        for (var length = 0; length < body.Length; length++)
        {
            var delivery = Reading.Of(body.AsSpan(0, length));

            Assert.True(delivery.Defect is not null, $"{length} bytes are no delivery");
            Assert.True(delivery.LogEvents.Count == (length >= found ? 1 : 0), $"{delivery.LogEvents.Count} found in {length} bytes");
            if (length >= found) Assert.Equal("5b8b7c60-c8f4-11f0-9a3d-0242ac120001", delivery.LogEvents[0].Uuid);
        }
    }

    public static TheoryData<string> Broken => new(
        """{"uuid":"broken","displayMessage":"he said "reset" twice","eventType":"user.session.start"}""",
        """{"uuid":"broken","eventType":"user.session.start","displayMessage":"two""" + "\n" + """lines"}""",
        """{"uuid":"broken" "eventType":"user.session.start"}""",
        """{"uuid":"broken","eventType":"user.session.start",}""",
        """{"uuid":"broken","eventType":"user.session.start","x":NaN}""",
        """{"uuid":"broken","eventType":"user.session.start","x":"\q"}""",
        """{"uuid":"broken","eventType":"user.session.start" """,
        """{"uuid":"broken","eventType":"user.session.start","target":[{"id":"x"}}""",
        "/* none */",
        "undefined",
        "{\"uuid\":\"broken\",\"eventType\":\"user.session.start\",\"deep\":" + new string('[', 100_000) + new string(']', 100_000) + "}",
        "{\"uuid\":\"broken\",\"eventType\":\"user.session.start\",\"deep\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_001));

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_log_event_does_not_take_its_neighbours_with_it(string broken)
    {
        var (before, after) = (Some.FactorReset(uuid: "before"), Some.FactorReset(uuid: "after"));

        var delivery = Reading.OfLogEvents($"{before.ToJsonString()},{broken},{after.ToJsonString()},{broken}");

        Assert.NotNull(delivery.Defect);
        Assert.Equal(["before", "after"], delivery.LogEvents.Select(logEvent => logEvent.Uuid));
        Assert.All(delivery.LogEvents, logEvent => Assert.Equal("ada.byron@example.com", logEvent.Fields.TargetUser!.AlternateId));
        Assert.All(delivery.LogEvents, logEvent => Assert.Equal("example.okta.com", logEvent.Org));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_reset_that_is_itself_broken_is_found_with_what_stands_before_the_break(string broken)
    {
        if (!broken.Contains("eventType", StringComparison.Ordinal)) return;
        var reset = broken.Replace("user.session.start", Some.ResetType, StringComparison.Ordinal);

        var delivery = Reading.OfLogEvents($"{Some.FactorReset(uuid: "before").ToJsonString()},{reset},{reset.Replace("broken", "too", StringComparison.Ordinal)}");

        Assert.Equal(["before", "broken", "too"], delivery.LogEvents.Select(logEvent => logEvent.Uuid));
    }

    [Fact]
    public void A_name_that_is_no_UTF8_makes_the_body_defect_and_its_reset_is_read()
    {
        var body = Encoding.UTF8.GetBytes(Some.Delivery(Some.FactorReset(uuid: "u1", actor: "eve")).ToJsonString());
        body[body.AsSpan().IndexOf("An Actor"u8)] = 0xFF;

        var delivery = Reading.Of(body);

        Assert.Equal("The body is not valid UTF-8.", delivery.Defect);
        Assert.Equal("\ufffdn Actor", Assert.Single(delivery.LogEvents).Fields.Actor!.DisplayName);
    }

    [Theory]
    [InlineData("""{"uuid":"u1","displayMessage":"user.mfa.factor.reset_all","eventType":"user.session.start" """)]
    [InlineData("""{"uuid":"u1","eventType":"user.session.start","displayMessage":"\"eventType\":\"user.mfa.factor.reset_all\"" """)]
    [InlineData("""{"uuid":"u1","user.mfa.factor.reset_all":{"eventType":"user.session.start" """)]
    [InlineData("""{"uuid":"u1","eventType":["user.mfa.factor.reset_all"] """)]
    [InlineData("""{"uuid":"u1","legacyEventType":"user.mfa.factor.reset_all" """)]
    [InlineData("""{"uuid":"u1","eventType" "user.mfa.factor.reset_all" """)]
    [InlineData("""{"uuid":"u1","eventType":"user.mfa.factor.reset_all.not" """)]
    [InlineData("""{"uuid":"u1","eventType":"user.mfa.factor.reset_all""")]
    [InlineData("""{"uuid":"u1","eventType":"\ud800" """)]
    public void The_text_of_the_event_type_elsewhere_is_no_reset(string broken) =>
        Assert.Empty(Reading.Of($$"""{"data":{"events":[{{broken}}""").LogEvents);

    [Theory]
    [InlineData("""{"uuid":"u1","eventType":"user.mfa.factor.reset\u005fall" """)]
    [InlineData("""{"uuid":"u1","x":"user.mfa.factor.reset_all", "eventType" : """ + "\t\"user.mfa.factor.reset_all\"")]
    [InlineData("""{"uuid":"u1","severity":"{","eventType":"user.mfa.factor.reset_all" """)]
    [InlineData("""{"uuid":"u1","client":{"ip":{}},"actor":{"id":"x"},"eventType":"user.mfa.factor.reset_all",,""")]
    public void A_reset_in_any_spelling_is_found_before_a_break(string broken) =>
        Assert.Equal("u1", Assert.Single(Reading.Of($$"""{"data":{"events":[{{broken}}""").LogEvents).Uuid);

    [Fact]
    public void A_reset_whose_event_type_stands_behind_a_long_chain_of_addresses_keeps_its_uuid()
    {
        var chain = string.Join(',', Enumerable.Repeat("""{"ip":"198.51.100.1","geographicalContext":{"geolocation":{"lat":1}}}""", 30));

        var delivery = Reading.Of($$"""{"data":{"events":[{"uuid":"u1","client":{"ipChain":[{{chain}}]},"eventType":"user.mfa.factor.reset_all","x":!""");

        Assert.Equal("u1", Assert.Single(delivery.LogEvents).Uuid);
    }

    [Theory]
    [InlineData("""{"uuid":"login","eventType":"user.session.start","actor":{"id":"innocent"},"message":"a "quote" "}, ,"eventType":"user.mfa.factor.reset_all" """)]
    [InlineData("""{"uuid":"login","eventType":"user.session.start","actor":{"id":"innocent"}},"uuid":"u1","eventType":"user.mfa.factor.reset_all" """)]
    public void A_reset_without_a_beginning_borrows_nothing_from_the_log_event_before_it(string broken)
    {
        var reset = Assert.Single(Reading.OfLogEvents(broken).LogEvents, logEvent => logEvent.EventType is not null);

        Assert.StartsWith("sha256:", reset.Uuid, StringComparison.Ordinal);
        Assert.Null(reset.Fields.Actor);
    }

    [Theory]
    [InlineData("[{0},{0}]")]
    [InlineData("[{{\"eventType\":\"com.okta.event_hook\",\"data\":{{\"events\":[{0},{0}]}}}}]")]
    [InlineData("{{\"events\":[{0},{0}]}}")]
    [InlineData("{{\"data\":[{0},{0}]}}")]
    [InlineData("{{\"data\":{{\"events\":{{\"0\":{0},\"1\":{0}}}}}}}")]
    [InlineData("{{\"data\":{{\"events\":[]}}}}\n{{\"data\":{{\"events\":[{0},{0}]}}}}")]
    [InlineData("callback({0},{0})")]
    public void What_is_no_delivery_is_a_defect_and_its_resets_are_found(string format)
    {
        var delivery = Reading.Of(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, Some.FactorReset(uuid: "u1").ToJsonString()));

        Assert.NotNull(delivery.Defect);
        Assert.Equal(["u1", "u1"], delivery.LogEvents.Select(logEvent => logEvent.Uuid));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"user.mfa.factor.reset_all\"")]
    [InlineData("{\"data\":null}")]
    [InlineData("{\"data\":{\"events\":null}}")]
    [InlineData("<xml/>")]
    public void A_body_without_a_list_of_log_events_says_so(string body)
    {
        var delivery = Reading.Of(body);

        Assert.StartsWith("The body is no", delivery.Defect!, StringComparison.Ordinal);
        Assert.Empty(delivery.LogEvents);
    }

    [Fact]
    public void A_defect_names_the_place_where_the_body_breaks() =>
        Assert.Equal(
            "The body is not JSON: it breaks at line 2, byte 3 of that line.",
            Reading.Of("{\"data\":{\"events\":[]},\n  !").Defect);
}
