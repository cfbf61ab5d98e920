namespace EventHookDetector.Detection.Kql;

/// <summary>Finds parts of a query that are allowed and probably not meant: fields that no document has, and values with look-alike characters.</summary>
internal static class KqlWarnings
{
    // A query may hold thousands of terms.
    private const int Most = 20;

    /// <returns>Sentences.</returns>
    public static IReadOnlyList<string> Of(KqlNode query) => [.. Terms(query).SelectMany(WarningsOf).Distinct(StringComparer.Ordinal).Take(Most)];

    private static IEnumerable<(KqlText Field, KqlText Value)> Terms(KqlNode node) => node switch
    {
        KqlNode.Or or => or.Any.SelectMany(Terms),
        KqlNode.And and => and.All.SelectMany(Terms),
        KqlNode.Not not => Terms(not.Of),
        KqlNode.Is one => [(one.Field, one.Value)],
        KqlNode.Range range => [(range.Field, range.Value)],
        _ => [],
    };

    private static IEnumerable<string> WarningsOf((KqlText Field, KqlText Value) term)
    {
        var (field, value) = term;
        var name = string.Join('*', field.Parts);
        if (!KqlFields.IsKnown(field, value.IsAnything))
        {
            yield return $"{Shortened(name)} is no known field, so this term never matches, and behind 'not' it always holds. "
                + $"The nearest known field is {KqlFields.Nearest(name)}.";
        }

        foreach (var part in value.Parts)
        {
            if (LookAlikes.FindDoubt(part) is { } doubt) yield return $"A value of {Shortened(name)} holds {doubt}. It only matches exactly that.";
        }
    }

    private static string Shortened(string name) => name.Length <= 100 ? name : $"{name[..100]}…";
}
