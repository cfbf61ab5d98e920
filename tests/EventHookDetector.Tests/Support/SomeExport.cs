using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>Exports of the System Log, and what a backtest makes of them.</summary>
internal static class SomeExport
{
    public const string ResetRule = "729aa18d-06a6-41c7-b175-b65b739b1181";
    public const string PolicyRule = "cbf27734-ac10-4525-8b66-402800e03d2c";
    public const string PolicyType = "policy.lifecycle.update";

    public static string AsArray(params IEnumerable<JsonObject> logEvents) => $"[{string.Join(',', logEvents.Select(logEvent => logEvent.ToJsonString()))}]";

    public static string AsLines(params IEnumerable<JsonObject> logEvents) => string.Concat(logEvents.Select(logEvent => $"{logEvent.ToJsonString()}\n"));

    public static JsonObject At(this JsonObject logEvent, string published)
    {
        logEvent["published"] = published;
        return logEvent;
    }

    public static async Task<JsonNode> BacktestAsync(this DetectorApp detector, string export, string rule = ResetRule)
    {
        using var answer = await detector.PostExportAsync(Encoding.UTF8.GetBytes(export), rule);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }

    public static Task<HttpResponseMessage> PostExportAsync(
        this DetectorApp detector, byte[] export, string rule = ResetRule, string? contentType = "application/x-ndjson", string? encoding = null)
    {
        var content = new ByteArrayContent(export);
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return detector.PostExportAsync(content, rule);
    }

    public static async Task<HttpResponseMessage> PostExportAsync(this DetectorApp detector, HttpContent export, string rule = ResetRule)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/rules/{rule}/backtest") { Content = export };
        request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
        return await detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static long Count(this JsonNode answer, string outcome) => answer["outcomes"]![outcome]!.GetValue<long>();

    /// <summary>Every uuid with its outcome and why, as the records of an answer or as alerts show them.</summary>
    public static IReadOnlyList<string> Verdicts(this IEnumerable<JsonNode?> items) =>
        [.. items.Select(item => $"{item!["uuid"]} {item["outcome"]} {item["because"]}").Order(StringComparer.Ordinal)];
}
