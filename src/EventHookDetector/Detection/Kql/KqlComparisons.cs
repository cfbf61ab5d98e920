using System.Globalization;
using System.Text;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// What <c>&lt;</c> and its like mean: between moments in a field of moments, between addresses in one of addresses, else between
/// numbers if the query gives a number, and by the order of the letters if it gives text.
/// </summary>
internal static class KqlComparisons
{
    public static EcsValueTest Test(KqlNode.Range range, EcsKind kind)
    {
        var (text, comparison) = (range.Value.Plain, range.Comparison);
        switch (kind)
        {
            case EcsKind.Date when Period.Read(text) is { } period:
                // A date is a whole day: later than it is after its end, not later is before its end.
                return found => EcsKinds.Moment(found.Utf8) is { } moment
                    && Holds(comparison, moment < period.Start ? -1 : moment < period.End ? 0 : 1);

            case EcsKind.Ip when IpNetwork.Read(text) is { } network:
                return found => IpAddressText.Read(found.Utf8) is { } address
                    && Holds(comparison, address < network.First ? -1 : address <= network.Last ? 0 : 1);

            case EcsKind.Number when Number(text) is not null:
                break;

            case EcsKind.Date or EcsKind.Ip or EcsKind.Number or EcsKind.Boolean when KqlFields.IsNamed(range.Field):
                throw range.Value.Refused(Expected(kind));

            case EcsKind.Date or EcsKind.Ip or EcsKind.Number or EcsKind.Boolean:
                return static _ => false;
        }

        if (Number(text) is { } number)
            return found => Number(found.Utf8) is { } value && Holds(comparison, value.CompareTo(number));

        var utf8 = Encoding.UTF8.GetBytes(text);
        return found => Holds(comparison, found.Utf8.SequenceCompareTo(utf8));
    }

    private static string Expected(EcsKind kind) => kind switch
    {
        EcsKind.Date => "a date, such as 2026-11-24",
        EcsKind.Number => "a number",
        EcsKind.Boolean => "no comparison here: this field is true or false, write field: true",
        _ => "an IP address",
    };

    private static decimal? Number(ReadOnlySpan<char> text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static decimal? Number(ReadOnlySpan<byte> utf8) =>
        decimal.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Holds(KqlComparison comparison, int order) => comparison switch
    {
        KqlComparison.Less => order < 0,
        KqlComparison.LessOrEqual => order <= 0,
        KqlComparison.Greater => order > 0,
        _ => order >= 0,
    };
}
