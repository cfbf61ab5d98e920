using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
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
        _detector.Settings["Operators:" + Login + ":Key"] = "the-key-of-hedy";
        await EverywhereAsync();
        Assert.NotEmpty(await NamingAsync());

        var blanked = await BlankAsync(known);

        Assert.Equal((2, 2, 1), ((int)blanked["alerts"]!, (int)blanked["logEvents"]!, (int)blanked["quarantineItems"]!));
        Assert.Empty(await NamingAsync());
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
    public async Task Who_is_nobody_is_told_so(string id, HttpStatusCode status)
    {
        await _detector.DeliverAsync(Some.FactorReset());
        using var answer = await _detector.AskAsync(HttpMethod.Delete, $"/api/people/{id}");

        await ProblemAssert.IsProblemAsync(status, answer);
        Assert.Single(await _detector.AlertsAsync());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject Reset(string uuid, bool actor, string type = "user.mfa.factor.reset_all")
    {
        var logEvent = (JsonObject)Some.LogEvent(type);
        logEvent["uuid"] = uuid;
        logEvent["displayMessage"] = $"All factors of {Login} were reset";
        var person = new JsonObject { ["id"] = Id, ["type"] = "User", ["alternateId"] = Login, ["displayName"] = Name };
        if (actor) logEvent["actor"] = person;
        else logEvent["target"] = new JsonArray(person);
        return logEvent;
    }

    private async Task EverywhereAsync()
    {
        await _detector.DeliverAsync(Reset("to-her", actor: false));
        await _detector.DeliverAsync(Reset("part", actor: false, "user.mfa.factor.deactivate"));
        _detector.Clock.Advance(TimeSpan.FromHours(1));
        await _detector.DeliverAsync(Reset("by-her", actor: true));
        await _detector.DeliverAsync(Reset("waits", actor: true, "user.mfa.factor.deactivate"));
        await _detector.PostAsync(Encoding.UTF8.GetBytes($$"""{"data":{"events":[{"note":"{{Login}}" """), "application/json");

        var alert = (string)(await _detector.AlertsAsync()).First(alert => (string?)alert["uuid"] == "to-her")["id"]!;
        using var acknowledged = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{alert}/acknowledge", "the-key-of-hedy");
        using var noted = await _detector.AskAsync(HttpMethod.Post, $"/api/alerts/{alert}/notes", body: new JsonObject { ["note"] = $"Called {Login}." });
        Assert.True(acknowledged.IsSuccessStatusCode && noted.IsSuccessStatusCode);

        var announced = await AnnounceAsync();
        using var withdrawn = await _detector.AskAsync(HttpMethod.Delete, $"/api/expected-resets/{(string?)announced["id"]}");
        var excepted = await _detector.PostAsOperatorAsync(SomeExceptionItem.Path, SomeExceptionItem.Covering(new JsonObject { ["actor"] = Login }));
        using var ended = await _detector.AskAsync(HttpMethod.Delete, $"{SomeExceptionItem.Path}/{(string?)excepted["id"]}");
        Assert.True(withdrawn.IsSuccessStatusCode && ended.IsSuccessStatusCode);
        await _detector.PostAsOperatorAsync("/api/keys", new JsonObject { ["owner"] = Login, ["role"] = "viewer", ["endsAt"] = "2026-12-24" });
    }

    private Task<JsonNode> AnnounceAsync() => _detector.PostAsOperatorAsync("/api/expected-resets", JsonNode.Parse(
        $$"""{"target":"{{Login}}","ticket":"HD-1","approver":"{{Login}}","from":"2026-11-24T09:00:00Z","until":"2026-11-24T12:00:00Z"}"""));

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
    private async Task<IReadOnlyList<string>> NamingAsync()
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
                    where new[] { Login, Id, Name }.Any(known => text?.Contains(known, StringComparison.OrdinalIgnoreCase) == true)
                    select $"{table}.{cell.Key}: {text}");
            }
        }

        return naming;
    }
}
