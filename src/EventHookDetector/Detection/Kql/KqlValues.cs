using System.Globalization;
using System.Text;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>Compares the value of a query with a value of a field: exactly, unless the field holds moments, addresses or numbers.</summary>
internal static class KqlValues
{
    private static readonly EcsValueTest Never = static _ => false;

    /// <param name="value">What is asked for.</param>
    /// <param name="kind">What the field holds.</param>
    /// <param name="isNamed">Whether the query names the field. One that a wildcard found need not suit the value.</param>
    public static EcsValueTest Test(KqlText value, EcsKind kind, bool isNamed)
    {
        if (value.IsAnything) return static _ => true;
        if (value.IsNull) return Never;

        var parts = value.Parts.Select(Encoding.UTF8.GetBytes).ToArray();
        if (value.HasWildcard) return found => Wildcard.Matches(found.Utf8, parts);

        return kind switch
        {
            EcsKind.Ip => Address(value, isNamed),
            EcsKind.Date => Moment(value, isNamed),
            EcsKind.Boolean when value.Plain is not ("true" or "false") => isNamed ? throw value.Refused("true or false") : Never,
            EcsKind.Number => Number(value, isNamed),
            _ => found => found.Utf8.SequenceEqual(parts[0]),
        };
    }

    private static EcsValueTest Address(KqlText value, bool isNamed)
    {
        if (IpNetwork.Read(value.Plain) is not { } network)
            return isNamed ? throw value.Refused("an IP address, or a network such as 10.0.0.0/8") : Never;

        return found => IpAddressText.Read(found.Utf8) is { } address && network.First <= address && address <= network.Last;
    }

    private static EcsValueTest Number(KqlText value, bool isNamed)
    {
        if (!decimal.TryParse(value.Plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return isNamed ? throw value.Refused("a number") : Never;

        return found => decimal.TryParse(found.Utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out var other) && other == number;
    }

    private static EcsValueTest Moment(KqlText value, bool isNamed)
    {
        if (Period.Read(value.Plain) is not { } period)
            return isNamed ? throw value.Refused("a date, such as 2026-11-24 or \"2026-11-24T09:15:00Z\"") : Never;

        return found => EcsKinds.Moment(found.Utf8) is { } moment && period.Start <= moment && moment < period.End;
    }
}
