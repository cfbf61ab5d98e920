using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

public sealed class SecrecyTests
{
    private const string WrongSecret = "a-wrong-secret-that-somebody-sent";
    private const string WrongKey = "a-wrong-key-that-somebody-sent";

    /// <summary>Those that appsettings.json makes quieter.</summary>
    private static readonly string[] Categories =
        ["Default", "Microsoft", "Microsoft.Hosting.Lifetime", "Microsoft.AspNetCore.Hosting.Diagnostics", "FluentMigrator", "EventHookDetector.Hosting.OperatorKey"];

    private static readonly string[] Unspeakable = [DetectorApp.Secret, DetectorApp.OperatorKey, WrongSecret, WrongKey];

    [Fact]
    public async Task No_secret_and_no_key_right_or_wrong_stands_in_a_log_line_or_an_answer()
    {
        await using var detector = new DetectorApp();
        foreach (var category in Categories) detector.Settings[$"Logging:LogLevel:{category}"] = "Trace";
        var delivery = Some.Delivery(Some.FactorReset()).ToJsonString();

        foreach (var secret in new[] { DetectorApp.Secret, WrongSecret, DetectorApp.OperatorKey })
        {
            AssertSilent(await AnswerAsync(await detector.PostAsync(delivery, secret: secret)));
            AssertSilent(await AnswerAsync(await detector.PostAsync("{", secret: secret)));
            AssertSilent(await AnswerAsync(await detector.PostAsync(delivery, "text/plain", secret)));
        }

        foreach (var key in new[] { DetectorApp.OperatorKey, WrongKey, DetectorApp.Secret })
        {
            foreach (var (method, path) in Routes.ForOperators(detector)) AssertSilent(await AnswerAsync(await detector.AskAsync(method, path, key)));
        }

        AssertSilent(await AnswerAsync(await detector.AskAsync(HttpMethod.Get, "/swagger/v1/swagger.json")));
        AssertSilent(await AnswerAsync(await detector.AskAsync(HttpMethod.Get, "/health/ready")));
        AssertSilent(await AnswerAsync(await detector.AskAsync(HttpMethod.Get, "/metrics")));
        Assert.Contains(detector.Logs.Lines, line => line.StartsWith("Trace", StringComparison.Ordinal) || line.StartsWith("Debug", StringComparison.Ordinal));
        Assert.All(detector.Logs.Lines, AssertSilent);
    }

    [Fact]
    public async Task The_real_server_says_none_of_them_either_however_much_it_is_told_to_log()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        foreach (var category in Categories) detector.Settings[$"Logging:LogLevel:{category}"] = "Trace";
        detector.Settings["Shutdown:Drain"] = "00:00:00";
        await detector.ListenAsync();

        foreach (var secret in new[] { DetectorApp.Secret, WrongSecret })
            AssertSilent(await AnswerAsync(await detector.DeliverAsync(Some.Delivery(Some.FactorReset()), secret)));
        foreach (var key in new[] { DetectorApp.OperatorKey, WrongKey })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
            request.Headers.Add("X-Api-Key", key);
            AssertSilent(await AnswerAsync(await detector.Http.SendAsync(request, TestContext.Current.CancellationToken)));
        }

        await detector.TerminateAsync();
        await detector.EndAsync();
        Assert.Contains("\"LogLevel\":\"Trace\"", detector.Output, StringComparison.Ordinal);
        AssertSilent(detector.Output);
        AssertSilent(detector.Errors);
    }

    private static void AssertSilent(string text) => Assert.All(Unspeakable, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));

    private static async Task<string> AnswerAsync(HttpResponseMessage response)
    {
        using (response)
        {
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream") return $"{response.Headers}";   // it has no end
            return $"{response.Headers} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
        }
    }
}
