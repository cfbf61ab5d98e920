using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Triage;

/// <summary>
/// Finds conditions that cover resets by anyone. A condition is asked about resets whose actor, target, address, token and place
/// are unknown; what it says of anything else counts as true, for it is true of many.
/// </summary>
internal static class WideConditions
{
    /// <summary>A condition that covers an eighth of all addresses covers too many: eight such conditions would cover all.</summary>
    private const int MostAddresses = UnknownReset.AddressesOfAFamily / 8;

    private const string Advice = "condition must name what makes it narrow: an actor, a target, an address or network, an API token or a place.";

    private static readonly (NarrowPart Part, string Word)[] Words =
    [
        (NarrowPart.Actor, "actor"), (NarrowPart.Target, "target"), (NarrowPart.Address, "address"), (NarrowPart.Token, "API token"),
        (NarrowPart.Place, "place"),
    ];

    /// <returns>Why it covers too much; null if it does not.</returns>
    public static string? FindFault(KqlQuery condition)
    {
        if (!CoversAnyone(condition.Root, isPlaceFree: false)) return null;

        var named = Parts(condition.Root).ToHashSet();
        var missing = Join(Words.Where(word => !named.Contains(word.Part)), "or");
        var wide = Join(Words.Where(word => named.Contains(word.Part)).Select(word => (word.Part, $"the {word.Word}")), "and");
        var what = (missing, wide) switch
        {
            (_, "") => $"It names no {missing}.",
            ("", _) => $"What it says of {wide} is true of nearly every reset.",
            _ => $"It names no {missing}, and what it says of {wide} is true of nearly every reset.",
        };
        return $"{Advice} {what} As it stands it covers next to everything. A name with wildcards needs at least "
            + $"{NarrowParts.FewestCharacters} characters before them, besides a mail domain.";
    }

    /// <returns>A sentence about a condition that is allowed but covers many; null if it covers few.</returns>
    public static string? FindWarning(KqlQuery condition) => CoversAnyone(condition.Root, isPlaceFree: true)
        ? "The condition is narrowed by a place alone: it covers resets by anyone in that place. Name an actor, a target, an address or an API token too."
        : null;

    private static bool CoversAnyone(KqlNode condition, bool isPlaceFree)
    {
        var covers = Compile(condition, isNegated: false, isPlaceFree);
        return UnknownReset.Groups().Any(group => group.Count(covers) >= Math.Min(group.Count, MostAddresses));
    }

    private static Func<UnknownReset, bool> Compile(KqlNode node, bool isNegated, bool isPlaceFree)
    {
        switch (node)
        {
            case KqlNode.And and:
                var all = and.All.Select(one => Compile(one, isNegated, isPlaceFree)).ToArray();
                return reset => Array.TrueForAll(all, one => one(reset));
            case KqlNode.Or or:
                var any = or.Any.Select(one => Compile(one, isNegated, isPlaceFree)).ToArray();
                return reset => Array.Exists(any, one => one(reset));
            case KqlNode.Not not:
                var of = Compile(not.Of, !isNegated, isPlaceFree);
                return reset => !of(reset);
            case KqlNode.Is one:
                return AnyOf(one.Value.IsAnything ? KqlFields.OfExistence(one.Field) : KqlFields.Of(one.Field), field => Is(field, one));
            case KqlNode.Range range:
                return AnyOf(KqlFields.Of(range.Field), field => Range(field, range));
            default:
                return static _ => true;
        }

        // What holds for anyone is true in the end, however often it is negated.
        bool Free(UnknownReset reset) => !isNegated;

        Func<UnknownReset, bool> AnyOf(IReadOnlyList<EcsField> fields, Func<EcsField, Func<UnknownReset, bool>> test)
        {
            var tests = fields.Select(test).ToArray();
            return reset => Array.Exists(tests, one => one(reset));
        }

        Func<UnknownReset, bool> Is(EcsField field, KqlNode.Is term)
        {
            if (NarrowParts.Of(field) is not { } part || (part == NarrowPart.Place && isPlaceFree))
                return IsIdentity(term) ? static _ => false : Free;
            if (term.Value.IsAnything) return reset => reset.Has(part);
            if (part == NarrowPart.Address) return Address(KqlValues.Test(term.Value, EcsKind.Ip, KqlFields.IsNamed(term.Field)));

            return term.Value.HasWildcard && !NarrowParts.IsNarrow(field, term.Value) ? Free : static _ => false;
        }

        Func<UnknownReset, bool> Range(EcsField field, KqlNode.Range term) => NarrowParts.Of(field) == NarrowPart.Address
            ? Address(KqlComparisons.Test(term, EcsKind.Ip))
            : Free;
    }

    private static Func<UnknownReset, bool> Address(EcsValueTest test) => reset => reset.Address is { } address && test(new EcsValue(address));

    // Where many fields are asked at once, a login or an id is not the value of one that is the same for most resets.
    private static bool IsIdentity(KqlNode.Is term) => !KqlFields.IsNamed(term.Field) && !term.Value.HasWildcard
        && (term.Value.Plain.Contains('@', StringComparison.Ordinal) || (term.Value.Plain.Length > 8 && term.Value.Plain.StartsWith("00", StringComparison.Ordinal)));

    private static IEnumerable<NarrowPart> Parts(KqlNode node) => node switch
    {
        KqlNode.And and => and.All.SelectMany(Parts),
        KqlNode.Or or => or.Any.SelectMany(Parts),
        KqlNode.Not not => Parts(not.Of),
        KqlNode.Is { Field.HasWildcard: false } one => Parts(KqlFields.OfExistence(one.Field)),
        KqlNode.Range { Field.HasWildcard: false } range => Parts(KqlFields.Of(range.Field)),
        _ => [],
    };

    private static IEnumerable<NarrowPart> Parts(IReadOnlyList<EcsField> fields) => fields.Select(NarrowParts.Of).OfType<NarrowPart>();

    private static string Join(IEnumerable<(NarrowPart Part, string Word)> words, string last)
    {
        var all = words.Select(word => word.Word).ToArray();
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} {last} {all[^1]}";
    }
}
