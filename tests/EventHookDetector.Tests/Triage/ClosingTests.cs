using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

public sealed class ClosingTests : IAsyncDisposable
{
    private const string Eve = "eve@example.com";

    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_false_positive_is_answered_with_a_draft_that_covers_it_from_now_on()
    {
        var reset = Some.FactorReset(actor: Eve);

        var draft = (await CloseAsync(reset, "Our own tool."))["exceptionItemDraft"]!;

        Assert.Equal(
            "event.action:user.mfa.factor.reset_all and okta.actor.id:00u-eve@example.com and okta.client.ip:198.51.100.23",
            draft["condition"]!.GetValue<string>());
        Assert.Equal("oncall", draft["owner"]!.GetValue<string>());
        Assert.Equal("2026-12-24T09:20:00Z", draft["endsAt"]!.GetValue<string>());
        Assert.Matches("^False positive, alert [0-9a-f-]{36}: Our own tool.$", draft["reason"]!.GetValue<string>());
        await AssertCoversAsync(draft, reset);
    }

    [Fact]
    public async Task The_draft_covers_neither_another_actor_nor_another_address()
    {
        var reset = Some.FactorReset(actor: Eve);
        await _detector.AddAsync((await CloseAsync(reset))["exceptionItemDraft"]!);
        var elsewhere = Some.FactorReset(actor: Eve);
        elsewhere["client"]!["ipAddress"] = "198.51.100.24";

        await _detector.DeliverAsync(elsewhere, Some.FactorReset(actor: "mallory@example.com"));

        Assert.Empty(await _detector.AlertsAsync("&outcome=excepted"));
    }

    [Fact]
    public async Task What_was_done_with_an_API_token_is_covered_with_that_token_from_anywhere()
    {
        var reset = Some.FactorReset(actor: Eve);
        reset["transaction"] = new JsonObject { ["detail"] = new JsonObject { ["requestApiTokenId"] = "00T1token" } };

        var draft = (await CloseAsync(reset))["exceptionItemDraft"]!;

        Assert.EndsWith(" and okta.transaction.detail.request_api_token_id:00T1token", draft["condition"]!.GetValue<string>(), StringComparison.Ordinal);
        await AssertCoversAsync(draft, reset);
    }

    [Fact]
    public async Task Without_an_id_the_actor_is_known_by_login()
    {
        var reset = Some.FactorReset(actor: Eve);
        reset["actor"]!["id"] = "unknown";

        var draft = (await CloseAsync(reset))["exceptionItemDraft"]!;

        Assert.Contains("okta.actor.alternate_id:eve@example.com", draft["condition"]!.GetValue<string>(), StringComparison.Ordinal);
        await AssertCoversAsync(draft, reset);
    }

    public static TheoryData<string> HostileNames =>
    [
        "\"", "\\", "\\\"", "eve\\", "*", "e*e", "a b", " and ", "and", "not", "null", "x\" or okta.actor.id:\"", ") or (a:b", "{x}", "<5", "a:b",
        "\0", "eve\0", "a\nb\r\tc", "\\u0041", "\\n", "\u202egnp.eve", "a\u00a0b", "ß\U0001F600", "\ufffd", "unknown\0", new string('"', 10_000), new string('e', 10_000),
    ];

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task Whatever_somebody_is_called_the_draft_names_exactly_them(string name)
    {
        var reset = Some.FactorReset();
        (reset["actor"]!["id"], reset["actor"]!["displayName"]) = (name, name);

        var draft = (await CloseAsync(reset))["exceptionItemDraft"]!;

        Assert.DoesNotContain(draft["condition"]!.GetValue<string>(), char.IsControl);
        await AssertCoversAsync(draft, reset);
        await _detector.DeliverAsync(Some.FactorReset());
        Assert.Equal(2, (await _detector.AlertsAsync("&outcome=alerted")).Count);
    }

    [Theory]
    [InlineData("""{"actor":null}""", "Okta names no actor")]
    [InlineData("""{"actor":{"id":"unknown","alternateId":"unknown","displayName":"Eve"}}""", "Okta names no actor")]
    [InlineData("""{"actor":{"id":" ","alternateId":""}}""", "Okta names no actor")]
    [InlineData("""{"client":null}""", "Okta names neither an API token nor an address")]
    [InlineData("""{"client":{"ipAddress":"somewhere"}}""", "Okta names neither an API token nor an address")]
    public async Task Where_nothing_narrow_can_be_said_there_is_no_draft_and_the_answer_says_why(string changes, string because)
    {
        var reset = Some.FactorReset();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject()) reset[name] = value?.DeepClone();

        var answer = await CloseAsync(reset);

        Assert.Equal("closed", answer["status"]!.GetValue<string>());
        Assert.Null(answer["exceptionItemDraft"]);
        Assert.StartsWith(because, answer["noDraftBecause"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_too_long_for_a_query_gets_no_draft_and_the_alert_is_closed_all_the_same()
    {
        var reset = Some.FactorReset();
        reset["actor"]!["id"] = new string('"', 40_000);

        var answer = await CloseAsync(reset);

        Assert.Equal("closed", answer["status"]!.GetValue<string>());
        Assert.StartsWith("condition must be at most 32768 characters long", answer["noDraftBecause"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_draft_lives_no_longer_than_an_item_may()
    {
        _detector.Settings["Exceptions:MaximumLife"] = "7.00:00:00";
        var reset = Some.FactorReset();

        var draft = (await CloseAsync(reset))["exceptionItemDraft"]!;

        Assert.Equal("2026-12-01T09:20:00Z", draft["endsAt"]!.GetValue<string>());
        await AssertCoversAsync(draft, reset);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("  ")]
    [InlineData("Line one\r\nline two\0\u2028end")]
    public async Task Whatever_the_note_the_reason_is_one_line(string? note)
    {
        var reset = Some.FactorReset();

        await AssertCoversAsync((await CloseAsync(reset, note))["exceptionItemDraft"]!, reset);
    }

    [Fact]
    public async Task A_long_note_is_cut_to_the_length_of_a_reason()
    {
        var reset = Some.FactorReset();

        var draft = (await CloseAsync(reset, string.Concat(Enumerable.Repeat("\U0001F600", 2000))))["exceptionItemDraft"]!;

        Assert.Equal(2000, draft["reason"]!.GetValue<string>().Length, tolerance: 2);
        await AssertCoversAsync(draft, reset);
    }

    [Theory]
    [InlineData("benign")]
    [InlineData("truePositive")]
    public async Task No_other_verdict_offers_one(string verdict)
    {
        var answer = (await CloseAsync(Some.FactorReset(), verdict: verdict)).AsObject();

        Assert.False(answer.ContainsKey("exceptionItemDraft"));
        Assert.Equal("closed", answer["status"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<JsonNode> CloseAsync(JsonNode reset, string? note = null, string verdict = "falsePositive")
    {
        using var delivered = await _detector.DeliverAsync(reset.DeepClone());
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
        var alert = Assert.Single(await _detector.AlertsAsync());
        return await _detector.PostAsOperatorAsync($"/api/alerts/{alert["id"]}/close", new JsonObject { ["verdict"] = verdict, ["note"] = note });
    }

    /// <summary>As it stands it is taken, and the same again wakes nobody.</summary>
    private async Task AssertCoversAsync(JsonNode draft, JsonNode reset)
    {
        await _detector.AddAsync(draft.DeepClone());
        var again = reset.DeepClone();
        again["uuid"] = Some.Uuid();
        await _detector.DeliverAsync(again);
        Assert.Single(await _detector.AlertsAsync("&outcome=excepted"));
    }
}
