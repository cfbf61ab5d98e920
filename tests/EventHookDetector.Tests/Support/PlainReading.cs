using System.Globalization;
using System.Text.Json;
using EventHookDetector.Okta;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Tests.Support;

/// <summary>Reads a log event field by field out of a document: slow, and hard to get wrong. It is what reading fast must equal.</summary>
internal static class PlainReading
{
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = LenientJson.MaxDepth };

    public static JsonDocument Parse(byte[] json)
    {
        json = BrokenText.Replace(json);
        try
        {
            return JsonDocument.Parse(json, DocumentOptions);
        }
        catch (JsonException)
        {
            return JsonDocument.Parse(LenientJson.CloseWhereItBreaks(json), DocumentOptions);
        }
    }

    public static JsonElement At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    public static string? Text(this JsonElement element, string name)
    {
        var value = element.At(name);
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text.Replace('\0', '\uFFFD');
    }

    /// <summary>Every field, in words that can be compared.</summary>
    public static string FieldsOf(byte[] json)
    {
        using var document = Parse(json);
        var root = document.RootElement;
        var (client, security, debug) = (root.At("client"), root.At("securityContext"), root.At("debugContext").At("debugData"));
        var (place, agent) = (client.At("geographicalContext"), client.At("userAgent"));
        string[] chain = [.. client.At("ipChain").Items().Concat(root.At("request").At("ipChain").Items()).Select(hop => hop.Text("ip")).OfType<string>().Distinct()];
        var risk = debug.Text("risk") is null && debug.Text("logOnlySecurityData") is null ? [] : DebugRisk.Level(BrokenText.Replace(json));
        return Describe(
            [root.Text("uuid"), Time(root.Text("published")), root.Text("displayMessage"), root.Text("severity")],
            [root.At("outcome").Text("result"), root.At("outcome").Text("reason"), debug.Text("requestUri")],
            [root.At("transaction").Text("id"), root.At("transaction").At("detail").Text("requestApiTokenId")],
            [security.At("risk").Text("level") ?? risk.FirstOrDefault()],
            SubjectOf(root.At("actor")),
            [.. root.At("target").Items().Select(SubjectOf).Where(IsThere).SelectMany(subject => subject)],
            [client.Text("ipAddress") ?? chain.FirstOrDefault(), place.Text("city"), place.Text("state"), place.Text("country"), client.Text("device")],
            [agent.Text("rawUserAgent"), agent.Text("browser"), agent.Text("os"), .. chain],
            [security.Text("asNumber"), security.Text("asOrg"), security.Text("isp"), security.Text("domain"), Flag(security.Text("isProxy"))]);
    }

    /// <summary>The same of what was read fast.</summary>
    public static string Describe(LogEventFields read) => Describe(
        [read.Uuid, read.Published?.ToString("O"), read.DisplayMessage, read.Severity],
        [read.Result, read.Reason, read.RequestUri],
        [read.TransactionId, read.ApiTokenId],
        [read.RiskLevel],
        SubjectOf(read.Actor),
        [.. read.Targets.SelectMany(SubjectOf)],
        [read.Client?.IpAddress, read.Client?.City, read.Client?.State, read.Client?.Country, read.Client?.Device],
        [read.Client?.UserAgent, read.Client?.Browser, read.Client?.Os, .. read.Client?.IpChain ?? []],
        [read.Network?.AsNumber, read.Network?.AsOrg, read.Network?.Isp, read.Network?.Domain, read.Network?.IsProxy?.ToString()]);

    private static string Describe(params string?[][] fields) => JsonSerializer.Serialize(fields);

    private static string?[] SubjectOf(JsonElement element) =>
        [element.Text("id"), element.Text("type"), element.Text("alternateId"), element.Text("displayName")];

    private static string?[] SubjectOf(Subject? subject) => [subject?.Id, subject?.Type, subject?.AlternateId, subject?.DisplayName];

    private static bool IsThere(string?[] subject) => subject.Any(text => text is not null);

    private static string? Flag(string? text) => text is "true" or "True" or "false" or "False" ? bool.Parse(text).ToString() : null;

    private static string? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time.ToString("O")
            : null;
}
