using System.Globalization;
using System.Text.Json;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Okta;

/// <summary>What we read of a log event. Numbers stand for text where Okta sends them so; null, missing and odd are the same.</summary>
internal sealed record LogEventFields
{
    public string? Uuid { get; private init; }

    /// <summary>When it happened: the only time to show to people.</summary>
    public DateTimeOffset? Published { get; private init; }

    public string? DisplayMessage { get; private init; }

    public string? Severity { get; private init; }

    public Subject? Actor { get; private init; }

    public IReadOnlyList<Subject> Targets { get; private init; } = [];

    /// <summary>SUCCESS, FAILURE, ALLOW, DENY and so on; an attempt counts whatever stands here.</summary>
    public string? Result { get; private init; }

    public string? Reason { get; private init; }

    public Client? Client { get; private init; }

    public Network? Network { get; private init; }

    public string? TransactionId { get; private init; }

    /// <summary>The id of the API token it was done with; null when it was done by hand.</summary>
    public string? ApiTokenId { get; private init; }

    /// <summary>LOW, MEDIUM or HIGH, where Okta rates the risk.</summary>
    public string? RiskLevel { get; private init; }

    public string? RequestUri { get; private init; }

    /// <summary>Whose account it is about: the first target that is a user, wherever it stands in the list.</summary>
    public Subject? TargetUser => Targets.FirstOrDefault(target => target.IsUser) ?? Targets.FirstOrDefault();

    /// <summary>All whose account it is about. Okta documents one; whoever decides something by it looks at all.</summary>
    public IEnumerable<Subject> TargetUsers => Targets.Any(target => target.IsUser) ? Targets.Where(target => target.IsUser) : Targets.Take(1);

    public static LogEventFields Read(byte[] json)
    {
        using var document = LenientJson.Parse(json);
        var root = document.RootElement;
        return new LogEventFields
        {
            Uuid = root.Text("uuid"),
            Published = Time(root.Text("published")),
            DisplayMessage = root.Text("displayMessage"),
            Severity = root.Text("severity"),
            Actor = SubjectOf(root.At("actor")),
            Targets = [.. root.At("target").Items().Select(SubjectOf).OfType<Subject>()],
            Result = root.At("outcome").Text("result"),
            Reason = root.At("outcome").Text("reason"),
            Client = ClientOf(root),
            Network = NetworkOf(root.At("securityContext")),
            TransactionId = root.At("transaction").Text("id"),
            ApiTokenId = root.At("transaction").At("detail").Text("requestApiTokenId"),
            RiskLevel = root.At("securityContext").At("risk").Text("level") ?? RiskInDebugData(root, json),
            RequestUri = root.At("debugContext").At("debugData").Text("requestUri"),
        };
    }

    private static string? RiskInDebugData(JsonElement root, byte[] json)
    {
        var debugData = root.At("debugContext").At("debugData");
        return debugData.Text("risk") is null && debugData.Text("logOnlySecurityData") is null
            ? null
            : DebugRisk.Level(BrokenText.Replace(json)).FirstOrDefault();
    }

    private static Subject? SubjectOf(JsonElement element)
    {
        var subject = new Subject(element.Text("id"), element.Text("type"), element.Text("alternateId"), element.Text("displayName"));
        return subject is { Id: null, Type: null, AlternateId: null, DisplayName: null } ? null : subject;
    }

    private static Client? ClientOf(JsonElement root)
    {
        var client = root.At("client");
        var place = client.At("geographicalContext");
        var agent = client.At("userAgent");
        // Event hooks put the chain under client, the System Log API under request.
        var chain = client.At("ipChain").Items().Concat(root.At("request").At("ipChain").Items())
            .Select(hop => hop.Text("ip")).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var read = new Client(
            client.Text("ipAddress") ?? chain.FirstOrDefault(),
            place.Text("city"), place.Text("state"), place.Text("country"),
            agent.Text("rawUserAgent"), agent.Text("browser"), agent.Text("os"), client.Text("device"))
        { IpChain = chain };
        var isEmpty = read is { IpAddress: null, City: null, State: null, Country: null }
            and { UserAgent: null, Browser: null, Os: null, Device: null };
        return isEmpty ? null : read;
    }

    private static Network? NetworkOf(JsonElement context)
    {
        var isProxy = context.Text("isProxy") switch { "true" or "True" => true, "false" or "False" => false, _ => (bool?)null };
        var network = new Network(
            context.Text("asNumber"), context.Text("asOrg"), context.Text("isp"), context.Text("domain"), isProxy);
        return network is { AsNumber: null, AsOrg: null, Isp: null, Domain: null, IsProxy: null } ? null : network;
    }

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
}
