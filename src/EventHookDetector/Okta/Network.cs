using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>The network a request came from.</summary>
internal sealed record Network(string? AsNumber, string? AsOrg, string? Isp, string? Domain, bool? IsProxy)
{
    /// <summary>Reads <c>securityContext</c>, in which some orgs find the level of the risk as well.</summary>
    public static (Network? Network, string? RiskLevel) Read(ref Utf8JsonReader reader)
    {
        string? asNumber = null, asOrg = null, isp = null, domain = null, isProxy = null, riskLevel = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("asNumber"u8)) asNumber = reader.NextText();
            else if (reader.ValueTextEquals("asOrg"u8)) asOrg = reader.NextText();
            else if (reader.ValueTextEquals("isp"u8)) isp = reader.NextText();
            else if (reader.ValueTextEquals("domain"u8)) domain = reader.NextText();
            else if (reader.ValueTextEquals("isProxy"u8)) isProxy = reader.NextText();
            else if (reader.ValueTextEquals("risk"u8)) riskLevel = ReadRiskLevel(ref reader);
            else reader.SkipNext();
        }

        var network = new Network(
            asNumber, asOrg, isp, domain, isProxy switch { "true" or "True" => true, "false" or "False" => false, _ => null });
        return (network == Nothing ? null : network, riskLevel);
    }

    private static readonly Network Nothing = new(AsNumber: null, AsOrg: null, Isp: null, Domain: null, IsProxy: null);

    private static string? ReadRiskLevel(ref Utf8JsonReader reader)
    {
        string? level = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("level"u8)) level = reader.NextText();
            else reader.SkipNext();
        }

        return level;
    }
}
