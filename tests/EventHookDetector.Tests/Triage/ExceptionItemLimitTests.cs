using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

/// <summary>Each exception item is asked about every log event that a rule matches, so their number and length are bounded.</summary>
public sealed class ExceptionItemLimitTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task One_item_too_many_is_refused_until_another_has_ended()
    {
        _detector.Settings["Exceptions:MaxItems"] = "2";
        var first = await _detector.ExceptAsync("okta.actor.id:00u1");
        await _detector.ExceptAsync("okta.actor.id:00u2");

        Assert.Contains("Exceptions:MaxItems", await RefusedAsync(HttpMethod.Post, "", "okta.actor.id:00u3"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await _detector.ChangeAsync(first, SomeExceptionItem.Covering("okta.actor.id:00u4")));
        await _detector.EndAsync(first);
        await _detector.ExceptAsync("okta.actor.id:00u3");
    }

    [Fact]
    public async Task Of_many_requests_at_once_no_more_are_stored_than_there_is_room_for()
    {
        _detector.Settings["Exceptions:MaxItems"] = "3";

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n =>
            _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: SomeExceptionItem.Covering($"okta.actor.id:00u{n}"))));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(9, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(3, (await _detector.GetAsync(SomeExceptionItem.Path))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Conditions_that_are_too_long_together_are_refused_when_added_and_when_changed()
    {
        _detector.Settings["Exceptions:MaxCharacters"] = "2000";
        var first = await _detector.ExceptAsync(Logins(900));
        await _detector.ExceptAsync(Logins(900));

        Assert.Contains("Exceptions:MaxCharacters", await RefusedAsync(HttpMethod.Post, "", Logins(300)), StringComparison.Ordinal);
        Assert.Contains("Exceptions:MaxCharacters", await RefusedAsync(HttpMethod.Put, $"/{first["id"]}", Logins(1200)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await _detector.ChangeAsync(first, SomeExceptionItem.Covering(Logins(1000))));
    }

    [Fact]
    public async Task A_condition_of_a_thousand_logins_is_accepted_and_one_longer_than_32_KiB_refused()
    {
        await _detector.ExceptAsync(Logins(30_000));

        using var refused = await _detector.AskAsync(HttpMethod.Post, SomeExceptionItem.Path, body: SomeExceptionItem.Covering(Logins(33_000)));
        Assert.Contains("at most 32768 characters", await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_heap_of_half_a_gigabyte_survives_a_thousand_long_conditions_and_a_large_backtest()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var detector = new DetectorProcess().WithSecretAndKey();
        detector.Settings["DOTNET_GCHeapHardLimit"] = "0x20000000";
        await detector.ListenAsync();
        detector.Http.DefaultRequestHeaders.Add("X-Api-Key", DetectorApp.OperatorKey);

        var created = 0;
        for (var n = 0; n < 1000; n++)
        {
            using var answer = await detector.Http.PostAsJsonAsync(SomeExceptionItem.Path, Fresh(Logins(30_000, n)), cancellationToken);
            Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, answer.StatusCode.ToString());
            if (answer.StatusCode == HttpStatusCode.Created) created++;
        }

        using var delivered = new HttpRequestMessage(HttpMethod.Post, DetectorApp.HookPath) { Content = JsonContent.Create(Some.Delivery(Some.FactorReset())) };
        delivered.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
        using var taken = await detector.Http.SendAsync(delivered, cancellationToken);
        using var tried = await detector.Http.PostAsync($"/api/rules/{Rule}/backtest", Export(900), cancellationToken);
        using var refused = await detector.Http.PostAsync($"/api/rules/{Rule}/backtest", Export(1500), cancellationToken);

        Assert.InRange(created, 5, 10);
        Assert.Equal(HttpStatusCode.NoContent, taken.StatusCode);
        Assert.Equal(HttpStatusCode.OK, tried.StatusCode);
        Assert.Contains("Backtests:MaxMatchingBytes", await ProblemAssert.IsProblemAsync(HttpStatusCode.RequestEntityTooLarge, refused), StringComparison.Ordinal);
        using var alive = await detector.Http.GetAsync("/health/live", cancellationToken);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private const string Rule = "729aa18d-06a6-41c7-b175-b65b739b1181";

    private static JsonObject Fresh(string condition)
    {
        var item = SomeExceptionItem.Covering(condition);
        item["endsAt"] = TimeProvider.System.GetUtcNow().AddDays(30).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        return item;
    }

    /// <summary>Log events of 60 KB, a line each.</summary>
    private static StringContent Export(int logEvents)
    {
        var text = new StringBuilder();
        var padding = new string('x', 60_000);
        for (var n = 0; n < logEvents; n++)
        {
            var reset = Some.FactorReset(target: $"target{n}@example.com");
            reset["displayMessage"] = padding;
            text.AppendLine(reset.ToJsonString());
        }

        return new StringContent(text.ToString(), Encoding.UTF8, "application/x-ndjson");
    }

    private static string Logins(int length, int n = 0)
    {
        var text = new StringBuilder($"okta.actor.alternate_id:(first.{n}@example.com");
        for (var login = 0; text.Length < length - 40; login++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $" or person.{login}@example.com");
        return text.Append(')').ToString();
    }

    private async Task<string> RefusedAsync(HttpMethod method, string path, string condition)
    {
        using var answer = await _detector.AskAsync(method, SomeExceptionItem.Path + path, body: SomeExceptionItem.Covering(condition));
        return await ProblemAssert.IsProblemAsync(HttpStatusCode.Conflict, answer);
    }
}
