using System.Text.Json;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Okta;

/// <summary>What we read of <c>debugContext.debugData</c>. The risk is the first that is there, as queries see it; all else is the last.</summary>
internal struct DebugContext
{
    private bool _endsWithRisk;
    private string? _firstRisk;
    private string? _firstLogOnly;
    private bool _holdsArray;

    public string? RequestUri { get; private set; }

    /// <summary>Reads <c>debugContext</c>.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        (RequestUri, _endsWithRisk) = (null, false);
        var isObject = reader.EntersObject();
        _holdsArray |= reader.TokenType == JsonTokenType.EndArray;
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("debugData"u8)) ReadData(ref reader);
            else reader.SkipNext();
        }
    }

    /// <param name="json">The log event that was read.</param>
    public readonly string? RiskLevel(byte[] json)
    {
        if (!_endsWithRisk) return null;

        // Queries look into arrays too. Okta has none here, so the whole log event is read again only where somebody else has.
        return _holdsArray ? DebugRisk.Level(json).FirstOrDefault() : DebugRisk.Level(_firstRisk, _firstLogOnly);
    }

    private void ReadData(ref Utf8JsonReader reader)
    {
        RequestUri = null;
        string? risk = null, logOnly = null;
        var isObject = reader.EntersObject();
        _holdsArray |= reader.TokenType == JsonTokenType.EndArray;
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("requestUri"u8)) RequestUri = reader.NextText();
            else if (reader.ValueTextEquals("risk"u8)) risk = NextRisk(ref reader, ref _firstRisk);
            else if (reader.ValueTextEquals("logOnlySecurityData"u8)) logOnly = NextRisk(ref reader, ref _firstLogOnly);
            else reader.SkipNext();
        }

        _endsWithRisk = !string.IsNullOrWhiteSpace(risk) || !string.IsNullOrWhiteSpace(logOnly);
    }

    private string? NextRisk(ref Utf8JsonReader reader, ref string? first)
    {
        var text = reader.NextString();
        _holdsArray |= reader.TokenType == JsonTokenType.EndArray;
        if (string.IsNullOrEmpty(first)) first = text;
        return text;
    }
}
