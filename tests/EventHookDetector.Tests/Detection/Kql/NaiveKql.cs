using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using EventHookDetector.Detection.Kql;

namespace EventHookDetector.Tests.Detection.Kql;

/// <summary>What a query means, written down with no thought of speed: over all values of the whole document.</summary>
internal static class NaiveKql
{
    private static readonly string[] Flattened = ["okta.debug_context.debug_data.flattened", "okta.target", "okta.request.ip_chain"];

    public static bool Matches(KqlNode node, ILookup<string, string> document) => node switch
    {
        KqlNode.Everything => true,
        KqlNode.And and => and.All.All(one => Matches(one, document)),
        KqlNode.Or or => or.Any.Any(one => Matches(one, document)),
        KqlNode.Not not => !Matches(not.Of, document),
        KqlNode.Is one => Values(document, one.Field, one.Value.IsAnything).Any(found => IsSame(found.Name, found.Value, one.Value)),
        KqlNode.Range range => Values(document, range.Field, below: false).Any(found => Holds(range.Comparison, Order(found.Value, range.Value.Plain))),
        _ => throw new NotSupportedException(),
    };

    private static IEnumerable<(string Name, string Value)> Values(ILookup<string, string> document, KqlText field, bool below)
    {
        var pattern = Pattern(field);
        var isWhole = !field.HasWildcard && Flattened.Contains(field.Plain);
        var name = new Regex(below || isWhole ? $@"\A{pattern}(\..*)?\z" : $@"\A{pattern}\z", RegexOptions.Singleline, TimeSpan.FromSeconds(10));
        return document.Where(found => name.IsMatch(found.Key)).SelectMany(found => found.Select(value => (found.Key, value)));
    }

    private static string Pattern(KqlText text) => string.Join(".*", text.Parts.Select(Regex.Escape));

    private static bool IsSame(string name, string found, KqlText value)
    {
        if (value.IsNull) return false;
        if (value.HasWildcard) return Regex.IsMatch(found, $@"\A{Pattern(value)}\z", RegexOptions.Singleline, TimeSpan.FromSeconds(10));
        if (!name.EndsWith("ip", StringComparison.Ordinal)) return found == value.Plain;
        if (value.Plain == "::/0") return true;
        if (IPNetwork.TryParse(value.Plain, out var network)) return network.Contains(IPAddress.Parse(found));

        return IPAddress.TryParse(value.Plain, out var address) && address.Equals(IPAddress.Parse(found));
    }

    private static int? Order(string found, string value)
    {
        if (!decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return Encoding.UTF8.GetBytes(found).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(value));

        return decimal.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out var other) ? other.CompareTo(number) : null;
    }

    private static bool Holds(KqlComparison comparison, int? order) => comparison switch
    {
        KqlComparison.Less => order < 0,
        KqlComparison.LessOrEqual => order <= 0,
        KqlComparison.Greater => order > 0,
        _ => order >= 0,
    };
}
