using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// Which event types a query could match at all. The answer may be too generous, never too narrow: a log event of a type that
/// is not in it is never looked at.
/// </summary>
internal static class KqlEventTypes
{
    private const HashSet<string>? Any = null;

    /// <returns>The event types; null for any.</returns>
    public static IReadOnlySet<string>? Of(KqlNode query) => Of(query, negated: false);

    private static HashSet<string>? Of(KqlNode node, bool negated) => node switch
    {
        KqlNode.Not not => Of(not.Of, !negated),
        KqlNode.And and => negated ? Union(and.All, negated) : Intersection(and.All, negated),
        KqlNode.Or or => negated ? Intersection(or.Any, negated) : Union(or.Any, negated),
        KqlNode.Is one when !negated && IsEventType(one.Field) && !one.Value.HasWildcard => one.Value.IsNull ? [] : [one.Value.Plain],
        _ => Any,
    };

    private static bool IsEventType(KqlText field) => !field.HasWildcard && field.Plain is EcsFields.Action or EcsFields.EventType;

    private static HashSet<string>? Intersection(IEnumerable<KqlNode> nodes, bool negated) => nodes
        .Select(node => Of(node, negated))
        .Aggregate(Any, (all, one) => all is null ? one : one is null ? all : [.. all.Intersect(one, StringComparer.Ordinal)]);

    private static HashSet<string>? Union(IReadOnlyList<KqlNode> nodes, bool negated)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (Of(node, negated) is not { } one) return Any;
            all.UnionWith(one);
        }

        return all;
    }
}
