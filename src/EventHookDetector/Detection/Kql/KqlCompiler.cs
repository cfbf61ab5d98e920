using EventHookDetector.Okta;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// Makes a function of a query. Asking it reads the values it needs from the bytes of the log event, in the order of the query,
/// and stops as soon as the answer is known.
/// </summary>
internal static class KqlCompiler
{
    public static Func<LogEvent, bool> Compile(KqlNode node) => node switch
    {
        KqlNode.Everything => static _ => true,
        KqlNode.Not not => Not(Compile(not.Of)),
        KqlNode.And and => All([.. and.All.Select(Compile)]),
        KqlNode.Or or => Any([.. TogetherByField(or.Any)]),
        KqlNode.Is one => Is(one.Field, [one.Value]),
        KqlNode.Range range => Test(KqlFields.Of(range.Field), kind => KqlComparisons.Test(range, kind)),
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private static Func<LogEvent, bool> Not(Func<LogEvent, bool> of) => logEvent => !of(logEvent);

    private static Func<LogEvent, bool> All(Func<LogEvent, bool>[] all) => logEvent =>
    {
        foreach (var one in all)
        {
            if (!one(logEvent)) return false;
        }

        return true;
    };

    private static Func<LogEvent, bool> Any(Func<LogEvent, bool>[] any) => logEvent =>
    {
        foreach (var one in any)
        {
            if (one(logEvent)) return true;
        }

        return false;
    };

    /// <summary>A list of values reads its field once, not once for each of them.</summary>
    private static IEnumerable<Func<LogEvent, bool>> TogetherByField(IReadOnlyList<KqlNode> any) => any
        .GroupBy(node => node is KqlNode.Is { Value.IsAnything: false, Field.HasWildcard: false } one ? one.Field.Plain : (object)node)
        .Select(group => group.First() is KqlNode.Is first
            ? Is(first.Field, [.. group.Select(node => ((KqlNode.Is)node).Value)])
            : Compile(group.First()));

    private static Func<LogEvent, bool> Is(KqlText field, IReadOnlyList<KqlText> values)
    {
        var isExistence = values is [{ IsAnything: true }];
        if (isExistence && field.IsAnything) return static _ => true;

        var fields = isExistence ? KqlFields.OfExistence(field) : KqlFields.Of(field);
        return Test(fields, kind => AnyOf([.. values.Select(value => KqlValues.Test(value, kind, KqlFields.IsNamed(field)))]));
    }

    private static EcsValueTest AnyOf(EcsValueTest[] tests) => tests.Length == 1 ? tests[0] : value =>
    {
        foreach (var test in tests)
        {
            if (test(value)) return true;
        }

        return false;
    };

    private static Func<LogEvent, bool> Test(IReadOnlyList<EcsField> fields, Func<EcsKind, EcsValueTest> testOf)
    {
        var tests = fields.Select(field => (Field: field, Test: testOf(field.Kind))).ToArray();
        return logEvent =>
        {
            foreach (var (field, test) in tests)
            {
                if (field.Any(logEvent, test)) return true;
            }

            return false;
        };
    }
}
