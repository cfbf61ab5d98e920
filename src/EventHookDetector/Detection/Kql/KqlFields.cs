using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>The fields that a name in a query stands for.</summary>
internal static class KqlFields
{
    // Elastic indexes each as one flattened object, and the name of the whole asks all of its values.
    private static readonly string[] Wholes = ["okta.target", "okta.request.ip_chain"];

    /// <summary>True if a value that a field cannot hold is a mistake. It is none where a pattern names many fields.</summary>
    public static bool IsNamed(KqlText name) => !name.HasWildcard && !IsWhole(name.Plain);

    public static IReadOnlyList<EcsField> Of(KqlText name)
    {
        if (name.HasWildcard) return Like(name);

        return IsWhole(name.Plain) ? EcsFields.Under(name.Plain) : EcsFields.Named(name.Plain);
    }

    /// <summary>The fields of which one has a value: those below the name count too.</summary>
    public static IReadOnlyList<EcsField> OfExistence(KqlText name) => name.HasWildcard ? Like(name) : EcsFields.Under(name.Plain);

    /// <returns>Whether a document can have a field of that name.</returns>
    public static bool IsKnown(KqlText name, bool isExistence)
    {
        if (!name.HasWildcard) return (isExistence ? OfExistence(name) : Of(name)).Count > 0;

        var start = name.Parts[0];
        return EcsFields.Flattened.StartsWith(start, StringComparison.Ordinal) || start.StartsWith(EcsFields.Flattened, StringComparison.Ordinal)
            || EcsFields.All.Any(field => Wildcard.Matches(field.Name, Parts(name)));
    }

    /// <returns>The known name that is most like it.</returns>
    public static string Nearest(string unknown)
    {
        var letters = Letters(unknown);
        return EcsFields.All
            .Select(field => field.Name)
            .MinBy(name => Hosting.Nearest.Distance(letters, Letters(name)))!;
    }

    private static bool IsWhole(string name) => Wholes.Contains(name, StringComparer.Ordinal);

    private static IReadOnlyList<EcsField> Like(KqlText name)
    {
        var parts = Parts(name);
        return EcsFields.Like(found => Wildcard.Matches(found, parts));
    }

    private static char[][] Parts(KqlText name) => [.. name.Parts.Select(part => part.ToCharArray())];

    // Okta writes alternateId for Elastic's alternate_id.
    private static string Letters(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
