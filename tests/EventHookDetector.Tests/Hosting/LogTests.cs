using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class LogTests
{
    [Fact]
    public async Task In_production_every_line_is_JSON_whatever_it_tells()
    {
        await using var detector = new DetectorProcess().WithSecretAndKey();
        var rules = detector.Folder.CreateSubdirectory("rules");
        await File.WriteAllTextAsync(Path.Combine(rules.FullName, "broken.toml"), "[rule]\nname = ", TestContext.Current.CancellationToken);
        detector.Settings["Detection:RulesPath"] = rules.FullName;
        await detector.ListenAsync();
        for (var n = 0; n < 25; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts");
            request.Headers.Add("X-Api-Key", $"guess-{n}");
            using var answer = await detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }

        await detector.TerminateAsync();
        await detector.EndAsync();

        var lines = detector.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Trim().Length > 0).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.DoesNotContain(lines, line => ((string?)line["Message"])?.Contains("{{", StringComparison.Ordinal) == true);   // a brace that nobody took away
        Assert.Single(lines, line => (string?)line["Address"] == "127.0.0.1");
        Assert.Single(lines, line => ((string?)line["Fault"])?.StartsWith("broken.toml, line 2", StringComparison.Ordinal) == true);
    }
}
