using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

/// <summary>The OpenAPI document is what others build on: it is clean, it changes only on purpose, and a client made from it works.</summary>
[Trait("Engine", "Any")]
public sealed class OpenApiTests : IAsyncDisposable
{
    private const string Approved = "tests/EventHookDetector.Tests/Hosting/openapi.approved.json";

    private static readonly string TypedClient = typeof(OpenApiTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "TypedClient").Value!;

    private readonly DetectorApp _detector = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_breaks_no_rule_of_Spectrals()
    {
        Assert.Equal((true, ""), await LintAsync(await DocumentAsync()));
    }

    [Fact]
    public async Task It_would_be_seen_if_it_broke_one()
    {
        var document = JsonNode.Parse(await DocumentAsync())!;
        document["paths"]!["/api/alerts"]!["get"]!.AsObject().Remove("description");

        var (isClean, findings) = await LintAsync(document.ToJsonString());

        Assert.False(isClean);
        Assert.Contains("operation-description", findings, StringComparison.Ordinal);
    }

    /// <remarks>To renew it after a change that is meant: <c>APPROVE_OPENAPI=1</c>, run this test, and read the difference before it is committed.</remarks>
    [Fact]
    public async Task It_is_the_one_that_was_approved()
    {
        var document = await DocumentAsync();
        if (Environment.GetEnvironmentVariable("APPROVE_OPENAPI") == "1") await File.WriteAllTextAsync(Repository.PathOf(Approved), $"{document}\n", Cancellation);

        var (now, approved) = (Lines(JsonNode.Parse(document)), Lines(JsonNode.Parse(Repository.Read(Approved))));
        var differences = approved.Except(now).Select(line => $"- {line}").Concat(now.Except(approved).Select(line => $"+ {line}")).ToArray();

        Assert.True(
            differences.Length == 0,
            $"{Approved} differs in {differences.Length} lines. If that is meant, run this test with APPROVE_OPENAPI=1 and commit the file.\n{string.Join('\n', differences.Take(20))}");
    }

    [Fact]
    public async Task A_typed_client_made_from_it_compiles_and_reads_an_alert()
    {
        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"));
        var client = await MakeClientAsync(await DocumentAsync());

        var page = await client.ListAlertsAsync(outcome: null, status: null, actor: null, target: null, rule: null, from: null, to: null, severity: null, sort: null, limit: 10, cursor: null, cancellationToken: Cancellation);
        var alert = Enumerable.Single((IEnumerable<dynamic>)page.Items);
        var acknowledged = await client.AcknowledgeAlertAsync((string)alert.Id, Cancellation);
        var overview = await client.GetOverviewAsync(Cancellation);

        Assert.Equal("ada@example.com", (string)Enumerable.First((IEnumerable<dynamic>)alert.Targets).AlternateId);
        Assert.Equal("Open", $"{alert.Status}");
        Assert.Equal("Acknowledged", $"{acknowledged.Status}");
        Assert.Equal(96, Enumerable.Count((IEnumerable<dynamic>)overview.Day));
    }

    [Theory]
    [InlineData("/api/alerts?limit=0", DetectorApp.OperatorKey, HttpStatusCode.BadRequest)]
    [InlineData("/api/alerts", "a-wrong-key", HttpStatusCode.Unauthorized)]
    [InlineData("/api/alerts/none", DetectorApp.OperatorKey, HttpStatusCode.NotFound)]
    public async Task An_error_has_the_type_and_the_title_that_are_documented(string path, string key, HttpStatusCode statusCode)
    {
        using var response = await _detector.AskAsync(HttpMethod.Get, path, key);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
        var documented = (await SwaggerDocument.OfAsync(_detector)).Find("GET", path.EndsWith("none", StringComparison.Ordinal) ? "/api/alerts/{id}" : "/api/alerts").Example((int)statusCode)!;

        Assert.Equal(statusCode, response.StatusCode);
        Assert.Equal(documented["type"]!.GetValue<string>(), answer["type"]!.GetValue<string>());
        Assert.Equal(documented["title"]!.GetValue<string>(), answer["title"]!.GetValue<string>());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private Task<string> DocumentAsync() => _detector.Http.GetStringAsync("/swagger/v1/swagger.json", Cancellation);

    private static async Task<(bool IsClean, string Findings)> LintAsync(string document)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, document, Cancellation);
            var (succeeded, output) = await Node.RunAsync(
                "node_modules/@stoplight/spectral-cli/dist/index.js", "lint", file, "--ruleset", "spectral.yaml", "--fail-severity", "hint", "--quiet", "--format", "text");
            return (succeeded, output.Trim());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static HashSet<string> Lines(JsonNode? node, string at = "") => node switch
    {
        JsonObject { Count: > 0 } all => [.. all.SelectMany(property => Lines(property.Value, $"{at}/{property.Key}"))],
        JsonArray { Count: > 0 } all => [.. all.SelectMany((item, n) => Lines(item, $"{at}/{n}"))],
        _ => [$"{at}: {node?.ToJsonString() ?? "null"}"],
    };

    private async Task<dynamic> MakeClientAsync(string document)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var (file, client) = (Path.Combine(folder.FullName, "openapi.json"), Path.Combine(folder.FullName, "client.dll"));
            await File.WriteAllTextAsync(file, document, Cancellation);
            using var making = Process.Start(new ProcessStartInfo("dotnet", [TypedClient, file, client]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var faults = await making.StandardOutput.ReadToEndAsync(Cancellation);
            await making.WaitForExitAsync(Cancellation);
            Assert.Equal((0, ""), (making.ExitCode, faults));

            _detector.Http.DefaultRequestHeaders.Add("X-Api-Key", DetectorApp.OperatorKey);
            return Activator.CreateInstance(Assembly.Load(await File.ReadAllBytesAsync(client, Cancellation)).GetType("Generated.DetectorClient")!, _detector.Http)!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
