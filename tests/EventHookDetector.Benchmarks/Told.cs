using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventHookDetector.Benchmarks;

/// <summary>
/// How long after its POST was sent is an alert at the far end of a webhook? The real program in a process of its own is sent
/// resets at a steady pace, whether it keeps up or not.
/// </summary>
internal static class Told
{
    private const string Secret = "a-secret-that-only-this-run-knows";
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <param name="program">The published program, or its dll.</param>
    /// <param name="perSecond">How many resets are sent each second.</param>
    /// <param name="length">For how long, after the first ten seconds.</param>
    public static async Task RunAsync(string program, int perSecond, TimeSpan length)
    {
        var folder = Directory.CreateTempSubdirectory("told-");
        var toldAt = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        await using var farEnd = await ListenAsync(toldAt);
        using var detector = Start(program, folder, farEnd.Urls.Single());
        try
        {
            var (sentAt, refused) = await SendAsync(await AddressOfAsync(detector), perSecond, WarmUp + length);
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            Print([.. sentAt.Skip((int)(perSecond * WarmUp.TotalSeconds))], toldAt, refused);
        }
        finally
        {
            detector.Kill();
            await detector.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    private static async Task<WebApplication> ListenAsync(ConcurrentDictionary<string, long> toldAt)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var farEnd = builder.Build();
        farEnd.Run(async context =>
        {
            var now = Stopwatch.GetTimestamp();
            var told = await JsonNode.ParseAsync(context.Request.Body);
            if ((string?)told!["data"]!["uuid"] is { } uuid) toldAt.TryAdd(uuid, now);
        });
        await farEnd.StartAsync();
        return farEnd;
    }

    private static Process Start(string program, DirectoryInfo folder, string farEnd)
    {
        var isDll = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isDll ? "dotnet" : program, isDll ? [program] : []) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (key, value) in new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["EventHook:Secrets:0"] = Secret,
            ["Operators:bench:Key"] = "a-key-that-only-this-run-knows-too",
            ["Operators:bench:Role"] = "admin",
            ["Detection:MaxAlerts"] = "1000000000",
            ["Storage:ConnectionString"] = $"Data Source={folder}/detector.db",
            ["Notifiers:far:Type"] = "webhook",
            ["Notifiers:far:Url"] = farEnd,
            ["Notifiers:far:Secret"] = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            ["Notifiers:far:AllowPrivateAddresses"] = "true",
            ["Notifiers:far:PerSecond"] = "1000",
        }) start.Environment[key] = value;
        return Process.Start(start)!;
    }

    private static async Task<Uri> AddressOfAsync(Process detector)
    {
        while (await detector.StandardOutput.ReadLineAsync() is { } line)
        {
            const string Before = "Now listening on: ";
            var at = line.IndexOf(Before, StringComparison.Ordinal);
            if (at < 0) continue;

            _ = detector.StandardOutput.ReadToEndAsync();   // or it would stop when the pipe is full
            return new Uri(line[(at + Before.Length)..].Split('"')[0]);
        }

        throw new InvalidOperationException("It ended before it listened.");
    }

    private static async Task<(IReadOnlyList<(string Uuid, long At)> Sent, int Refused)> SendAsync(Uri detector, int perSecond, TimeSpan length)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = detector };
        var sent = new List<(string Uuid, long At)>();
        var answers = new List<Task<bool>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond), TimeProvider.System);
        for (var left = (int)(perSecond * length.TotalSeconds); left > 0; left--)
        {
            await timer.WaitForNextTickAsync();
            var uuid = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
            var body = SomeBytes.Reset(uuid);
            sent.Add((uuid, Stopwatch.GetTimestamp()));
            answers.Add(PostAsync(http, body));
        }

        return (sent, (await Task.WhenAll(answers)).Count(isKept => !isKept));
    }

    private static async Task<bool> PostAsync(HttpClient http, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/okta/event-hook") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Authorization", Secret);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode == System.Net.HttpStatusCode.NoContent;
    }

    private static void Print((string Uuid, long At)[] sent, ConcurrentDictionary<string, long> toldAt, int refused)
    {
        var latencies = sent.Where(reset => toldAt.ContainsKey(reset.Uuid))
            .Select(reset => Stopwatch.GetElapsedTime(reset.At, toldAt[reset.Uuid]).TotalMilliseconds).Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{sent.Length} resets, {refused} refused, {sent.Length - latencies.Length} not told; "
            + $"told after p50 {At(0.5):F1} ms, p99 {At(0.99):F1} ms, at most {At(1):F1} ms"));

        double At(double share) => latencies.Length == 0 ? double.NaN : latencies[(int)Math.Min(latencies.Length * share, latencies.Length - 1)];
    }
}
