using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>What we read of a log event. Numbers stand for text where Okta sends them so; null, missing and odd are the same.</summary>
internal sealed record LogEventFields
{
    private IReadOnlyList<Subject>? _targetUsers;

    public string? Uuid { get; private set; }

    /// <summary>When it happened: the only time to show to people.</summary>
    public DateTimeOffset? Published { get; private set; }

    public string? DisplayMessage { get; private set; }

    public string? Severity { get; private set; }

    public Subject? Actor { get; private set; }

    public IReadOnlyList<Subject> Targets { get; private set; } = [];

    /// <summary>SUCCESS, FAILURE, ALLOW, DENY and so on; an attempt counts whatever stands here.</summary>
    public string? Result { get; private set; }

    public string? Reason { get; private set; }

    public Client? Client { get; private set; }

    public Network? Network { get; private set; }

    public string? TransactionId { get; private set; }

    /// <summary>The id of the API token it was done with; null when it was done by hand.</summary>
    public string? ApiTokenId { get; private set; }

    /// <summary>LOW, MEDIUM or HIGH, where Okta rates the risk.</summary>
    public string? RiskLevel { get; private set; }

    public string? RequestUri { get; private set; }

    /// <summary>The accounts that it is about: each User target once, in Okta's order. Without a User target, the first target of another type.</summary>
    public IReadOnlyList<Subject> TargetUsers => _targetUsers ??= TargetAccounts.Among(Targets);

    /// <summary>The first of <see cref="TargetUsers"/>. A decision must look at all of them.</summary>
    public Subject? TargetUser => TargetUsers is [var first, ..] ? first : null;

    /// <summary>About how many characters all of it holds.</summary>
    public long Characters => Length(DisplayMessage, Uuid, Result, Reason, ApiTokenId, RiskLevel, RequestUri, TransactionId)
        + Targets.Append(Actor).Sum(subject => 50 + Length(subject?.Id, subject?.Type, subject?.AlternateId, subject?.DisplayName))
        + Length(Client?.UserAgent, Client?.Browser, Client?.Device, Client?.City, Client?.State, Client?.Country, Client?.IpAddress)
        + (Client?.IpChain.Sum(address => 50 + Length(address)) ?? 0)
        + Length(Network?.AsNumber, Network?.AsOrg, Network?.Isp, Network?.Domain);

    public static LogEventFields Read(byte[] json)
    {
        json = BrokenText.Replace(json);
        try
        {
            return ReadWhole(json);
        }
        catch (JsonException)
        {
            return ReadWhole(LenientJson.CloseWhereItBreaks(json));
        }
    }

    // In one pass over the bytes. Of a name that is there twice, the last one counts.
    private static LogEventFields ReadWhole(byte[] json)
    {
        var fields = new LogEventFields();
        Client? client = null;
        IReadOnlyList<string> chainOfRequest = [];
        var debugContext = new DebugContext();
        var reader = new Utf8JsonReader(json, LenientJson.ReaderOptions);
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("uuid"u8)) fields.Uuid = reader.NextText();
            else if (reader.ValueTextEquals("published"u8)) fields.Published = OktaTime.Read(reader.NextText());
            else if (reader.ValueTextEquals("displayMessage"u8)) fields.DisplayMessage = reader.NextText();
            else if (reader.ValueTextEquals("severity"u8)) fields.Severity = reader.NextText();
            else if (reader.ValueTextEquals("actor"u8)) fields.Actor = Subject.Read(ref reader);
            else if (reader.ValueTextEquals("target"u8)) fields.Targets = Subject.ReadAll(ref reader);
            else if (reader.ValueTextEquals("outcome"u8)) (fields.Result, fields.Reason) = ReadOutcome(ref reader);
            else if (reader.ValueTextEquals("client"u8)) client = Client.Read(ref reader);
            else if (reader.ValueTextEquals("request"u8)) chainOfRequest = Client.ReadRequest(ref reader);
            else if (reader.ValueTextEquals("securityContext"u8)) (fields.Network, fields.RiskLevel) = Network.Read(ref reader);
            else if (reader.ValueTextEquals("transaction"u8)) (fields.TransactionId, fields.ApiTokenId) = ReadTransaction(ref reader);
            else if (reader.ValueTextEquals("debugContext"u8)) debugContext.Read(ref reader);
            else reader.SkipNext();
        }

        fields.Client = Client.Combine(client, chainOfRequest);
        fields.RequestUri = debugContext.RequestUri;
        fields.RiskLevel ??= debugContext.RiskLevel(json);
        return fields;
    }

    private static (string? Result, string? Reason) ReadOutcome(ref Utf8JsonReader reader)
    {
        string? result = null, reason = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("result"u8)) result = reader.NextText();
            else if (reader.ValueTextEquals("reason"u8)) reason = reader.NextText();
            else reader.SkipNext();
        }

        return (result, reason);
    }

    private static (string? Id, string? ApiTokenId) ReadTransaction(ref Utf8JsonReader reader)
    {
        string? id = null, apiTokenId = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.NextText();
            else if (reader.ValueTextEquals("detail"u8)) apiTokenId = ReadApiTokenId(ref reader);
            else reader.SkipNext();
        }

        return (id, apiTokenId);
    }

    private static string? ReadApiTokenId(ref Utf8JsonReader reader)
    {
        string? apiTokenId = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("requestApiTokenId"u8)) apiTokenId = reader.NextText();
            else reader.SkipNext();
        }

        return apiTokenId;
    }

    private static long Length(params ReadOnlySpan<string?> texts)
    {
        var length = 0L;
        foreach (var text in texts) length += text?.Length ?? 0;
        return length;
    }
}
