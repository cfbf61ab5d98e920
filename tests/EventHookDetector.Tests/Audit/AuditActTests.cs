using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Audit;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Audit;

/// <summary>Nothing is done through the API that nobody can look up afterwards.</summary>
public sealed class AuditActTests : IAsyncDisposable
{
    private const string OfAPerson = "DELETE /api/people/{id}";

    // They change nothing: each only shows what would be.
    private static readonly string[] OnlyLook = ["POST /api/exceptions/preview", "POST /api/rules/{id}/backtest"];

    private static readonly Dictionary<string, (string Act, Func<AuditActTests, Task<HttpResponseMessage>> Do)> Acts = new(StringComparer.Ordinal)
    {
        ["POST /api/alerts/{id}/acknowledge"] = ("alert.acknowledged", async on => await on.PostAsync($"/api/alerts/{await on.AlertAsync()}/acknowledge")),
        ["POST /api/alerts/{id}/notes"] = ("alert.noted", async on => await on.PostAsync($"/api/alerts/{await on.AlertAsync()}/notes", """{"note":"Ada did not ask for this."}""")),
        ["POST /api/alerts/{id}/close"] = ("alert.closed", async on => await on.PostAsync($"/api/alerts/{await on.AlertAsync()}/close", """{"verdict":"benign"}""")),
        ["POST /api/exceptions"] = ("exception.created", async on => await on.PostAsync("/api/exceptions", Item.ToJsonString())),
        ["PUT /api/exceptions/{id}"] = ("exception.changed", async on => await on.AskAsync(HttpMethod.Put, $"/api/exceptions/{await on.ItemAsync()}", Item.ToJsonString())),
        ["DELETE /api/exceptions/{id}"] = ("exception.ended", async on => await on.AskAsync(HttpMethod.Delete, $"/api/exceptions/{await on.ItemAsync()}")),
        ["POST /api/expected-resets"] = ("expectedReset.announced", async on => await on.PostAsync("/api/expected-resets", Announcement)),
        ["DELETE /api/expected-resets/{id}"] = ("expectedReset.withdrawn", async on => await on.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{await on.AnnouncedAsync()}")),
        ["POST /api/notifications/{id}/retry"] = ("notification.retried", async on => await on.PostAsync($"/api/notifications/{await on.AbandonedAsync()}/retry")),
        ["POST /api/notifiers/{name}/test"] = ("notifier.tested", async on => await on.PostAsync("/api/notifiers/secops/test")),
        ["POST /api/quarantine/{id}/replay"] = ("quarantine.replayed", async on => await on.PostAsync($"/api/quarantine/{await on.KeptAsync()}/replay")),
        ["POST /api/keys"] = ("apiKey.created", async on => await on.PostAsync("/api/keys", Wish)),
        ["DELETE /api/keys/{id}"] = ("apiKey.revoked", async on => await on.AskAsync(HttpMethod.Delete, $"/api/keys/{await on.KeyAsync()}")),
        [OfAPerson] = ("person.blanked", async on => await on.AskAsync(HttpMethod.Delete, $"/api/people/{await on.TargetAsync()}")),
    };

    private readonly DetectorApp _detector = new();

    public AuditActTests() => _detector.WithNotifier("secops").Answer = () => new NotificationResult.GiveUp("500: out of order");

    public static TheoryData<string> Doable => [.. Acts.Keys];

    private static JsonObject Item => SomeExceptionItem.Covering("okta.actor.alternate_id:\"scanner@example.com\"");

    private static string Wish => """{"owner":"ada","role":"viewer","endsAt":"2026-12-24"}""";

    private static string Announcement =>
        """{"target":"ada.byron@example.com","ticket":"HD-1","approver":"grace","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}""";

    [Fact]
    public void Every_route_that_acts_is_among_those_that_are_tried_here()
    {
        var acting = Routes.Of(_detector).Where(route => route.Pattern.StartsWith("/api/", StringComparison.Ordinal) && route.Method != HttpMethod.Get)
            .Select(route => $"{route.Method} {route.Pattern}");

        Assert.Equal(Acts.Keys.Concat(OnlyLook).Order(StringComparer.Ordinal), acting.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Doable))]
    public async Task Each_act_leaves_one_row_with_who_did_it(string route)
    {
        var (act, doIt) = Acts[route];

        using var answer = await doIt(this);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var row = Assert.Single(await _detector.AuditAsync($"&act={act}"));
        Assert.Equal(("oncall", act), ((string?)row["who"], (string?)row["act"]));
        if (route == OfAPerson) Assert.Equal("a person", (string?)row["subject"]);   // the name is what was to go
        else if (route.Contains('{', StringComparison.Ordinal)) Assert.Contains($"/{row["subject"]}", answer.RequestMessage!.RequestUri!.AbsolutePath, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_word_for_an_act_is_tried_here_or_is_the_detectors_own()
    {
        Assert.Equal(
            Acts.Values.Select(act => act.Act).Concat([AuditAct.AlertExcepted, AuditAct.AlertExpected]).Order(StringComparer.Ordinal),
            AuditAct.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_refused_is_no_act()
    {
        var alert = await AlertAsync();
        using var first = await PostAsync($"/api/alerts/{alert}/close", """{"verdict":"benign"}""");
        using var second = await PostAsync($"/api/alerts/{alert}/close", """{"verdict":"truePositive"}""");
        using var late = await PostAsync($"/api/alerts/{alert}/acknowledge");

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (second.StatusCode, late.StatusCode));
        Assert.Equal("benign", (string?)Assert.Single(await _detector.AuditAsync())["details"]!["verdict"]);
    }

    [Fact]
    public async Task What_an_act_said_can_be_read_word_for_word()
    {
        await AnnouncedAsync();
        using var noted = await PostAsync($"/api/alerts/{await AlertAsync()}/notes", """{"note":"Ada said: \"not me\" \u00e4\u20ac\ud83d\ude00"}""");

        Assert.Equal("Ada said: \"not me\" ä€😀", (string?)Assert.Single(await _detector.AuditAsync("&act=alert.noted"))["details"]!["note"]);
        var announced = Assert.Single(await _detector.AuditAsync("&act=expectedReset.announced"))["details"]!;
        Assert.Equal(("ada.byron@example.com", "HD-1", "grace"), ((string?)announced["target"], (string?)announced["ticket"], (string?)announced["approver"]));
    }

    [Fact]
    public async Task A_reset_that_an_exception_item_withheld_leaves_a_row_and_one_that_was_told_does_not()
    {
        var item = await _detector.ExceptAsync(new JsonObject { ["actor"] = "scanner@example.com" });
        await _detector.DeliverAsync(Some.FactorReset(actor: "scanner@example.com"), Some.FactorReset(target: "told@example.com"));

        var row = Assert.Single(await _detector.AuditAsync("&who=the%20detector"));

        Assert.Equal("alert.excepted", (string?)row["act"]);
        Assert.Equal((string?)Assert.Single(await _detector.AlertsAsync("&outcome=excepted"))["id"], (string?)row["subject"]);
        Assert.Equal((string?)item["id"], (string?)row["details"]!["exceptionItemId"]);
        Assert.Contains("Yearly audit", (string?)row["details"]!["because"], StringComparison.Ordinal);
        Assert.Single(await _detector.AlertsAsync("&outcome=alerted"));
    }

    [Fact]
    public async Task A_reset_that_was_announced_leaves_a_row_with_its_announcement()
    {
        var announced = await AnnouncedAsync();
        await _detector.DeliverAsync(Some.FactorReset());

        var row = Assert.Single(await _detector.AuditAsync("&act=alert.expected"));

        Assert.Equal(("the detector", announced), ((string?)row["who"], (string?)row["details"]!["expectedResetId"]));
        Assert.Equal((string?)Assert.Single(await _detector.AlertsAsync("&outcome=expected"))["id"], (string?)row["subject"]);
    }

    [Fact]
    public async Task An_act_that_cannot_be_written_down_is_not_done()
    {
        var alert = await AlertAsync();
        _detector.Storage.Execute("DROP TABLE audit_entries");

        using var closed = await PostAsync($"/api/alerts/{alert}/close", """{"verdict":"benign"}""");
        using var tested = await PostAsync("/api/notifiers/secops/test");

        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError), (closed.StatusCode, tested.StatusCode));
        Assert.Equal("open", (string?)Assert.Single(await _detector.AlertsAsync())["status"]);
        Assert.DoesNotContain(_detector.FarEnds["secops"].Received, notice => notice.Type == "notifier.test");
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private Task<HttpResponseMessage> PostAsync(string path, string? body = null) => AskAsync(HttpMethod.Post, path, body);

    private Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string? body = null) =>
        _detector.AskAsync(method, path, body: body is null ? null : JsonNode.Parse(body));

    private async Task<string> AlertAsync()
    {
        await _detector.DeliverAsync(Some.FactorReset(target: "eve@example.com"));
        return (string)Assert.Single(await _detector.AlertsAsync())["id"]!;
    }

    private async Task<string> ItemAsync() => (string)(await _detector.AddAsync(Item))["id"]!;

    private async Task<string> KeyAsync() => (string)(await _detector.PostAsOperatorAsync("/api/keys", JsonNode.Parse(Wish)))["id"]!;

    private async Task<string> TargetAsync()
    {
        var alert = await _detector.GetAsync($"/api/alerts/{await AlertAsync()}");
        return (string)alert["targets"]![0]!["alternateId"]!;
    }

    private async Task<string> AnnouncedAsync() => (string)(await _detector.PostAsOperatorAsync("/api/expected-resets", JsonNode.Parse(Announcement)))["id"]!;

    private async Task<string> AbandonedAsync()
    {
        await AlertAsync();
        await _detector.DispatchNotificationsAsync();
        return (string)Assert.Single((await _detector.GetAsync("/api/notifications?state=abandoned"))["items"]!.AsArray())!["id"]!;
    }

    private async Task<string> KeptAsync()
    {
        using var refused = await _detector.PostAsync($$"""{"data":{"events":[{{Some.FactorReset()}},""");
        return (string)Assert.Single(await _detector.QuarantineAsync())["id"]!;
    }
}
