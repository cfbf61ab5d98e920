namespace EventHookDetector.Detection.Kql;

internal static class KqlNesting
{
    /// <summary>
    /// Writes <c>a:{ b:1 }</c> as <c>a.b:1</c>. Objects in arrays have lost their pairing by then, so nothing more can be asked of them.
    /// </summary>
    public static KqlNode WithoutNesting(this KqlNode node, KqlText? below = null) => node switch
    {
        KqlNode.Or or => new KqlNode.Or([.. or.Any.Select(one => one.WithoutNesting(below))]),
        KqlNode.And and => new KqlNode.And([.. and.All.Select(one => one.WithoutNesting(below))]),
        KqlNode.Not not => new KqlNode.Not(not.Of.WithoutNesting(below)),
        KqlNode.Nested nested => nested.Of.WithoutNesting(Within(below, nested.Field)),
        KqlNode.Is one => one with { Field = Within(below, one.Field) },
        KqlNode.Range range => range with { Field = Within(below, range.Field) },
        _ => node,
    };

    private static KqlText Within(KqlText? above, KqlText field) => above is null ? field : field.Below(above);
}
