using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.HttpSamples;

/// <summary>The files in http-samples, sent by npm's httpyac as a newcomer would: from the first to the last, to a detector with the settings of development.</summary>
public sealed partial class HttpSampleTests : IAsyncDisposable
{
    private static readonly string Folder = Repository.PathOf("http-samples");

    // As dotnet run starts it. Both the secret and the key stand in http-client.env.json as well.
    private readonly DetectorProcess _detector = new() { Settings = { ["ASPNETCORE_ENVIRONMENT"] = "Development" } };

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.http").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Every_sample_does_what_it_says()
    {
        await _detector.ListenAsync();

        AssertAll(await SendAsync());
    }

    [Fact]
    public async Task Every_sample_does_what_it_says_when_a_notifier_refuses_alerts()
    {
        await using var farEnd = await RecordingServer.StartAsync();
        farEnd.AnswerWith(400, "no");
        _detector.Settings["Notifiers:mail:Type"] = "webhook";   // the name that the samples ask for
        _detector.Settings["Notifiers:mail:Url"] = farEnd.Url.ToString();
        _detector.Settings["Notifiers:mail:Secret"] = $"whsec_{Convert.ToBase64String(new byte[32])}";
        _detector.Settings["Notifiers:mail:AllowPrivateAddresses"] = "true";
        await _detector.ListenAsync();
        using var delivered = await _detector.DeliverAsync(Some.Delivery(Some.FactorReset()), await ReadSecretAsync());
        await AbandonedAsync();

        var sent = await SendAsync();

        AssertAll(sent);
        Assert.Equal(2, sent.Count(request => (string?)request["title"] is "Send a test through one of them" or "Try an abandoned one again"
            && (int?)request["response"]?["statusCode"] == 200));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_request_has_a_title_says_what_to_expect_and_asserts_it(string file)
    {
        var sections = Section.Split(File.ReadAllText(Path.Combine(Folder, file)));

        Assert.DoesNotMatch(RequestLine, sections[0]);
        Assert.All(sections[1..], section =>
        {
            Assert.Single(RequestLine.Matches(section));
            Assert.Matches(@"\n# Expect \d{3}", section);
            Assert.Matches(@"\n# \?\? (status == \d{3}|js response\.statusCode )", section);
        });
    }

    public ValueTask DisposeAsync() => _detector.DisposeAsync();

    // What the files hold is what must have been sent: a request that httpyac took for something else would be missing.
    private static void AssertAll(IReadOnlyList<JsonNode> sent)
    {
        var written = Files.SelectMany(file => Title.Matches(File.ReadAllText(Path.Combine(Folder, file.Data))).Select(title => $"{file.Data}: {title.Groups["title"].Value}"));
        Assert.Equal(written, sent.Select(request => $"{Path.GetFileName((string?)request["fileName"])}: {request["title"]}"));
        Assert.All(sent, request =>
        {
            var results = request["testResults"]?.AsArray() ?? [];
            Assert.NotEmpty(results);
            Assert.All(results, result => Assert.True((string?)result!["status"] == "SUCCESS", $"{request["fileName"]}: {request["title"]}: {result.ToJsonString()}"));
        });
    }

    private async Task<IReadOnlyList<JsonNode>> SendAsync()
    {
        using var client = Node.Start(
            "httpyac.js", Folder,
            ["send", .. Files.Select(file => file.Data), "--all", "--env", "dev", "--var", $"baseUrl={_detector.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}", "--json", "--output", "short"]);
        var output = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);

        // Warnings come first.
        var answer = JsonNode.Parse(output[output.IndexOf("{\n", StringComparison.Ordinal)..])!;
        return [.. answer["requests"]!.AsArray().Select(request => request!)];
    }

    private async Task AbandonedAsync()
    {
        for (var abandoned = 0; abandoned == 0;)
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, "/api/notifications?state=abandoned");
            asked.Headers.Add("X-Api-Key", (string)(await ReadEnvironmentAsync())["operatorKey"]!);
            using var answer = await _detector.Http.SendAsync(asked, TestContext.Current.CancellationToken);
            abandoned = (await answer.JsonAsync())["items"]!.AsArray().Count;
        }
    }

    private static async Task<string> ReadSecretAsync() => (string)(await ReadEnvironmentAsync())["hookSecret"]!;

    private static async Task<JsonNode> ReadEnvironmentAsync() =>
        JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "http-client.env.json"), TestContext.Current.CancellationToken))!["dev"]!;

    [GeneratedRegex("^### (?<title>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Title { get; }

    [GeneratedRegex("^### ", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Section { get; }

    [GeneratedRegex("^(GET|POST|PUT|PATCH|DELETE|HEAD) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RequestLine { get; }
}
