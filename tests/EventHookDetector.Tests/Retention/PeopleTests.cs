using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Retention;

public sealed class PeopleTests : IAsyncDisposable
{
    private const string Login = "hedy.lovelace@example.com";
    private const string Id = "00uhedy1lovelace2id";
    private const string Name = "Hedy Lovelace";

    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData(Login)]
    [InlineData("Hedy.Lovelace@EXAMPLE.com")]
    [InlineData(Id)]
    public async Task Nothing_that_is_kept_names_the_person_any_longer(string known)
    {
        await EverywhereAsync();
        Assert.NotEmpty(await NamingAsync());

        var blanked = await BlankAsync(known);

        Assert.Equal((4, 2, 1), ((int)blanked["alerts"]!, (int)blanked["logEvents"]!, (int)blanked["quarantineItems"]!));
        Assert.Empty(await NamingAsync());
    }

    [Theory]
    [InlineData(Login)]
    [InlineData(Id)]
    public async Task A_person_who_is_only_a_further_target_is_known_by_all_their_names(string known)
    {
        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User("grace@example.com"), Person(Id, Login)));
        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User("grace@example.com"), Person(Id, null)));
        await _detector.DeliverAsync(Some.FactorReset().About(SomeTargets.User("grace@example.com"), Person(null, Login)));

        var blanked = await BlankAsync(known);

        Assert.Equal(3, (int)blanked["alerts"]!);
        Assert.Empty(await NamingAsync());
        Assert.Empty(await _detector.AlertsAsync($"&target={known}"));
        Assert.Equal(3, (await _detector.AlertsAsync("&target=grace@example.com")).Count);
    }

    [Fact]
    public async Task What_happened_remains()
    {
        await _detector.DeliverAsync(Reset("by-her", actor: true), Reset("to-her", actor: false));
        await BlankAsync(Login);

        var alerts = await _detector.AlertsAsync();
        Assert.Equal(["by-her", "to-her"], alerts.Select(alert => (string?)alert["uuid"]).Order());
        var toHer = await _detector.GetAsync($"/api/alerts/{(string?)alerts.Single(alert => (string?)alert["uuid"] == "to-her")["id"]}");
        Assert.Equal("(removed)", (string?)toHer["targets"]![0]!["alternateId"]);
        Assert.NotNull(toHer["published"]);
        Assert.NotEqual("(removed)", (string?)toHer["actor"]!["alternateId"]);
        Assert.NotNull(toHer["client"]!["ipAddress"]);
        Assert.Contains("taken out of this alert", toHer["timeline"]!.ToJsonString(), StringComparison.Ordinal);

        var byHer = await _detector.GetAsync($"/api/alerts/{(string?)alerts.Single(alert => (string?)alert["uuid"] == "by-her")["id"]}");
        Assert.Equal("(removed)", (string?)byHer["actor"]!["alternateId"]);
        Assert.Null(byHer["client"]);
    }

    [Fact]
    public async Task Others_are_left_alone()
    {
        await _detector.DeliverAsync(Some.FactorReset(uuid: "other", target: "grace@example.com"), Reset("to-her", actor: false));
        var before = await AlertAsync("other");
        await BlankAsync(Login);

        Assert.Equal(before, await AlertAsync("other"));
    }

    [Fact]
    public async Task A_login_that_is_a_word_takes_nothing_with_it_in_which_the_word_stands()
    {
        await _detector.DeliverAsync(Some.FactorReset(uuid: "to-user", target: "user"));
        await _detector.PostAsync("""{"data":{"events":[{"eventType":"user.mfa.factor.reset_all" """u8.ToArray());
        var kept = (await _detector.QuarantineAsync()).Count;
        var blanked = await BlankAsync("user");

        Assert.Equal((1, 0), ((int)blanked["alerts"]!, (int)blanked["quarantineItems"]!));
        Assert.Equal(kept, (await _detector.QuarantineAsync()).Count);
        Assert.Contains("user.mfa.factor.reset_all", await AlertAsync("to-user"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hedy+test@example.com", "00uhedy+1")]
    [InlineData("jürgen.é@example.com", "00ujuergen1")]
    [InlineData("hedy.lovelace", "00uhedy-1")]
    [InlineData("CORP/hedy", "00ucorphedy1")]
    [InlineData("o'hedy@example.com", "00uohedy1")]
    public async Task However_they_are_spelt_nothing_names_them_any_longer(string login, string id)
    {
        await EverywhereAsync(login, id);
        Assert.NotEmpty(await NamingAsync(login, id));

        await BlankAsync(Uri.EscapeDataString(login));

        Assert.Empty(await NamingAsync(login, id));
    }

    [Theory]
    [InlineData("ann@example.com")]
    [InlineData("lovelace@example.com")]
    [InlineData("edy.lovelace@example.com")]
    [InlineData("hedy.lovelace@example.co")]
    public async Task Who_has_a_part_of_the_name_is_somebody_else(string login)
    {
        await EverywhereAsync();
        await _detector.DeliverAsync(Some.FactorReset(uuid: "other", target: login));
        var before = await NamingAsync();

        await BlankAsync(login);

        Assert.Equal(before, await NamingAsync());
    }

    [Fact]
    public async Task Who_is_called_like_somebody_takes_nothing_of_theirs_away()
    {
        var alert = await HostileAsync(displayName: "oncall", login: "hostile@example.com");
        var before = await AuditAsync();
        Assert.Contains("oncall", before.ToJsonString(), StringComparison.Ordinal);

        await BlankAsync("hostile@example.com");

        Assert.DoesNotContain("oncall", (await _detector.GetAsync($"/api/alerts/{alert}"))["targets"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(before.Select(act => act!["who"]!.ToString()), (await AuditAsync()).Skip(1).Select(act => act!["who"]!.ToString()));
    }

    [Fact]
    public async Task What_nobody_is_called_takes_nothing_away()
    {
        await EverywhereAsync();
        var before = await AuditAsync();

        foreach (var typed in (string[])["2026-11-24T0", "example.com", "factor.reset_all"])
        {
            using var answer = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{typed}");
            await ProblemAssert.IsProblemAsync(HttpStatusCode.NotFound, answer);
        }

        Assert.Equal(before.ToJsonString(), (await AuditAsync()).ToJsonString());
    }

    [Fact]
    public async Task A_login_that_went_from_one_to_the_next_is_nobodys_alone()
    {
        await _detector.DeliverAsync(ResetOf("first", "00ufirst00001", "shared@example.com"));
        await _detector.DeliverAsync(ResetOf("second", "00usecond0001", "shared@example.com"), ResetOf("moved", "00usecond0001", "moved@example.com"));

        using var refused = await _detector.AskAsync(HttpMethod.Delete, "/api/people/shared@example.com");
        var detail = await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, refused);
        Assert.Contains("00ufirst00001", detail, StringComparison.Ordinal);
        Assert.Contains("00usecond0001", detail, StringComparison.Ordinal);

        await BlankAsync("00ufirst00001");

        Assert.DoesNotContain("shared@example.com", await AlertAsync("first"), StringComparison.Ordinal);
        Assert.Contains("shared@example.com", await AlertAsync("second"), StringComparison.Ordinal);
        Assert.Contains("moved@example.com", await AlertAsync("moved"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Id)]
    [InlineData(Login)]
    public async Task An_exception_item_is_never_made_to_cover_somebody_else(string typed)
    {
        await _detector.DeliverAsync(Reset("to-her", actor: false));
        var item = await _detector.PostAsOperatorAsync(SomeExceptionItem.Path, SomeExceptionItem.Covering(
            JsonValue.Create($"okta.actor.alternate_id:\"helpdesk.one@example.com\" and not okta.target.alternate_id:\"{Login}\"")));

        using var refused = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{typed}");

        Assert.Contains((string)item["id"]!, await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, refused), StringComparison.Ordinal);
        Assert.Contains(Login, (await _detector.GetAsync($"{SomeExceptionItem.Path}/{(string)item["id"]!}")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_opens_is_revoked_first()
    {
        await _detector.DeliverAsync(Reset("to-her", actor: false));
        var made = await _detector.PostAsOperatorAsync("/api/keys", new JsonObject { ["owner"] = Login, ["role"] = "viewer", ["endsAt"] = "2026-12-24" });

        using var refused = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{Id}");

        Assert.Contains($"key {(string?)made["id"]}", await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_delivered_again_is_still_a_duplicate()
    {
        await _detector.DeliverAsync(Reset("to-her", actor: false));
        await BlankAsync(Login);
        await _detector.DeliverAsync(Reset("to-her", actor: false));

        Assert.Single(await _detector.AlertsAsync());
    }

    [Fact]
    public async Task What_is_not_over_and_names_them_is_to_be_ended_first()
    {
        await AnnounceAsync();
        using var refused = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{Login}");

        var id = (string)(await _detector.GetAsync("/api/expected-resets"))["items"]![0]!["id"]!;
        Assert.Contains(id, await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, refused), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody@example.com", HttpStatusCode.NotFound)]
    [InlineData("abc", HttpStatusCode.BadRequest)]
    [InlineData("unknown", HttpStatusCode.BadRequest)]
    [InlineData("%20%20%20%20%20", HttpStatusCode.BadRequest)]
    [InlineData("%25%25%25%25", HttpStatusCode.BadRequest)]
    [InlineData("@example.com", HttpStatusCode.BadRequest)]
    public async Task Who_is_nobody_is_told_so(string id, HttpStatusCode status)
    {
        await _detector.DeliverAsync(Some.FactorReset());
        using var answer = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{id}");

        await ProblemAssert.IsProblemAsync(status, answer);
        Assert.Single(await _detector.AlertsAsync());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject Reset(string uuid, bool actor, string type = "user.mfa.factor.reset_all", string login = Login, string id = Id)
    {
        var logEvent = (JsonObject)Some.LogEvent(type);
        logEvent["uuid"] = uuid;
        logEvent["displayMessage"] = $"All factors of {login} ({Name}) were reset";
        var person = new JsonObject { ["id"] = id, ["type"] = "User", ["alternateId"] = login, ["displayName"] = Name };
        if (actor) logEvent["actor"] = person;
        else logEvent["target"] = new JsonArray(person);
        return logEvent;
    }

    private static JsonObject Person(string? id, string? login)
    {
        var person = SomeTargets.User(id, login);
        person["displayName"] = Name;
        return person;
    }

    private static JsonObject ResetOf(string uuid, string id, string login) => Reset(uuid, actor: false, login: login, id: id);

    private async Task<string> HostileAsync(string displayName, string login)
    {
        var logEvent = ResetOf("hostile", "00uhostile0001", login);
        logEvent["target"]![0]!["displayName"] = displayName;
        await _detector.DeliverAsync(logEvent);
        var id = (string)(await _detector.AlertsAsync()).Single()["id"]!;
        using var acknowledged = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{id}/acknowledge");
        return id;
    }

    private async Task<JsonArray> AuditAsync() => (await _detector.GetAsync("/api/audit?limit=200"))["items"]!.AsArray();

    private async Task EverywhereAsync(string login = Login, string id = Id)
    {
        var made = await _detector.PostAsOperatorAsync("/api/keys", new JsonObject { ["owner"] = login, ["role"] = "responder", ["endsAt"] = "2026-12-24" });
        await _detector.DeliverAsync(Reset("to-her", actor: false, login: login, id: id));
        await _detector.DeliverAsync(Reset("part", actor: false, "user.mfa.factor.deactivate", login, id));
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.DeliverAsync(Reset("by-her", actor: true, login: login, id: id));
        await _detector.DeliverAsync(Reset("waits", actor: true, "user.mfa.factor.deactivate", login, id));
        var beside = Reset("beside", actor: false);
        beside["displayMessage"] = "Two at once";
        beside["target"] = new JsonArray(
            new JsonObject { ["id"] = "00ugrace000001", ["type"] = "User", ["alternateId"] = "grace@example.com", ["displayName"] = "Grace" },
            new JsonObject { ["id"] = id, ["type"] = "User", ["alternateId"] = login, ["displayName"] = Name });
        await _detector.DeliverAsync(beside);
        await _detector.PostAsync(Encoding.UTF8.GetBytes($$"""{"data":{"events":[{"alternateId":{{JsonSerializer.Serialize(login)}} """), "application/json");

        var alert = (string)(await _detector.AlertsAsync()).First(alert => (string?)alert["uuid"] == "to-her")["id"]!;
        var other = (string)(await _detector.AlertsAsync()).First(alert => (string?)alert["uuid"] == "beside")["id"]!;
        foreach (var about in (string[])[alert, other])
        {
            using var written = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{about}/notes", body: new JsonObject { ["note"] = $"Called {login}, {Name}." });
            Assert.True(written.IsSuccessStatusCode);
        }

        using var acknowledged = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{alert}/acknowledge", (string?)made["key"]);
        Assert.True(acknowledged.IsSuccessStatusCode);

        // Announced twice: one is used up by somebody else's reset, and says so there.
        await AnnounceAsync(login, target: "someone@example.com");
        await _detector.DeliverAsync(Some.FactorReset(target: "someone@example.com"));
        var announced = await AnnounceAsync(login);
        using var withdrawn = await _detector.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{(string?)announced["id"]}");
        var excepted = await _detector.PostAsOperatorAsync(SomeExceptionItem.Path, SomeExceptionItem.Covering(new JsonObject { ["actor"] = login }));
        using var ended = await _detector.AskAsync(HttpMethod.Delete, $"{SomeExceptionItem.Path}/{(string?)excepted["id"]}");
        Assert.True(withdrawn.IsSuccessStatusCode && ended.IsSuccessStatusCode);
        using var revoked = await _detector.AskAsync(HttpMethod.Delete, $"/api/keys/{(string?)made["id"]}");
        Assert.True(revoked.IsSuccessStatusCode);
    }

    private Task<JsonNode> AnnounceAsync(string login = Login, string? target = null) => _detector.PostAsOperatorAsync("/api/expected-resets", new JsonObject
    {
        ["target"] = target ?? login,
        ["ticket"] = $"HD-1 for {login} ({Name})",
        ["approver"] = login,
        ["from"] = "2026-11-24T09:00:00Z",
        ["until"] = "2026-11-24T12:00:00Z",
    });

    private async Task<JsonNode> BlankAsync(string id)
    {
        using var answer = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{id}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    private async Task<string> AlertAsync(string uuid)
    {
        var id = (await _detector.AlertsAsync()).Single(alert => (string?)alert["uuid"] == uuid)["id"];
        return (await _detector.GetAsync($"/api/alerts/{id}")).ToJsonString();
    }

    /// <summary>Every row of every table, so that a new one cannot be forgotten.</summary>
    private async Task<IReadOnlyList<string>> NamingAsync(string login = Login, string id = Id)
    {
        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(TestContext.Current.CancellationToken);
        var tables = await connection.QueryAsync<string>(TestStorage.IsPostgreSql
            ? "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            : "SELECT name FROM sqlite_master WHERE type = 'table'");
        var naming = new List<string>();
        foreach (var table in tables)
        {
            foreach (IDictionary<string, object?> row in await connection.QueryAsync($"SELECT * FROM \"{table}\""))
            {
                naming.AddRange(
                    from cell in row
                    let text = cell.Value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : cell.Value as string
                    where text is not null && new[] { login, id, Name }.Any(known => Regex.Unescape(Escape(text)).Contains(known, StringComparison.OrdinalIgnoreCase))
                    select $"{table}.{cell.Key}: {text}");
            }
        }

        return naming;
    }

    /// <summary>Leaves only what JSON escapes by number to be unescaped.</summary>
    private static string Escape(string text) => Regex.Replace(text, @"\\(?!u[0-9a-fA-F]{4})", "", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
}
