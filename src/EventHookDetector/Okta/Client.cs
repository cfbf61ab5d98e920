using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>Where a request came from, as Okta saw it.</summary>
internal sealed record Client(
    string? IpAddress, string? City, string? State, string? Country, string? UserAgent, string? Browser, string? Os, string? Device)
{
    public IReadOnlyList<string> IpChain { get; init; } = [];

    /// <summary>Reads <c>client</c>, of which nothing need be there.</summary>
    public static Client Read(ref Utf8JsonReader reader)
    {
        string? ipAddress = null, device = null;
        (string? City, string? State, string? Country) place = default;
        (string? Raw, string? Browser, string? Os) agent = default;
        IReadOnlyList<string> chain = [];
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("ipAddress"u8)) ipAddress = reader.NextText();
            else if (reader.ValueTextEquals("device"u8)) device = reader.NextText();
            else if (reader.ValueTextEquals("geographicalContext"u8)) place = ReadPlace(ref reader);
            else if (reader.ValueTextEquals("userAgent"u8)) agent = ReadAgent(ref reader);
            else if (reader.ValueTextEquals("ipChain"u8)) chain = ReadChain(ref reader);
            else reader.SkipNext();
        }

        return new(ipAddress, place.City, place.State, place.Country, agent.Raw, agent.Browser, agent.Os, device) { IpChain = chain };
    }

    /// <summary>Reads the chain in <c>request</c>, where the System Log API puts it. Event hooks put it under <c>client</c>.</summary>
    public static IReadOnlyList<string> ReadRequest(ref Utf8JsonReader reader)
    {
        IReadOnlyList<string> chain = [];
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("ipChain"u8)) chain = ReadChain(ref reader);
            else reader.SkipNext();
        }

        return chain;
    }

    /// <returns>The same with the chain of the request added to its own; null if nothing is there at all.</returns>
    public static Client? Combine(Client? client, IReadOnlyList<string> chainOfRequest)
    {
        if (client is null && chainOfRequest.Count == 0) return null;

        client ??= new(null, null, null, null, null, null, null, null);
        string[] chain = [.. client.IpChain.Concat(chainOfRequest).Distinct(StringComparer.Ordinal)];
        client = client with { IpAddress = client.IpAddress ?? chain.FirstOrDefault(), IpChain = chain };
        var isEmpty = client is { IpAddress: null, City: null, State: null, Country: null }
            and { UserAgent: null, Browser: null, Os: null, Device: null };
        return isEmpty ? null : client;
    }

    private static (string? City, string? State, string? Country) ReadPlace(ref Utf8JsonReader reader)
    {
        string? city = null, state = null, country = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("city"u8)) city = reader.NextText();
            else if (reader.ValueTextEquals("state"u8)) state = reader.NextText();
            else if (reader.ValueTextEquals("country"u8)) country = reader.NextText();
            else reader.SkipNext();
        }

        return (city, state, country);
    }

    private static (string? Raw, string? Browser, string? Os) ReadAgent(ref Utf8JsonReader reader)
    {
        string? raw = null, browser = null, os = null;
        var isObject = reader.EntersObject();
        while (isObject && reader.NextName())
        {
            if (reader.ValueTextEquals("rawUserAgent"u8)) raw = reader.NextText();
            else if (reader.ValueTextEquals("browser"u8)) browser = reader.NextText();
            else if (reader.ValueTextEquals("os"u8)) os = reader.NextText();
            else reader.SkipNext();
        }

        return (raw, browser, os);
    }

    private static List<string> ReadChain(ref Utf8JsonReader reader)
    {
        var chain = new List<string>();
        var isArray = reader.EntersArray();
        while (isArray && reader.NextObject())
        {
            string? ip = null;
            while (reader.NextName())
            {
                if (reader.ValueTextEquals("ip"u8)) ip = reader.NextText();
                else reader.SkipNext();
            }

            if (ip is not null) chain.Add(ip);
        }

        return chain;
    }
}
