using EventHookDetector.Okta;
using Parlot;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// A query in Elastic's KQL about one log event: what a rule asks for, and what an exception item covers. Parsed and compiled
/// once, then asked about every log event. <see cref="Okta.Ecs.EcsFields"/> lists the fields.
/// </summary>
/// <remarks>https://www.elastic.co/docs/explore-analyze/query-filter/languages/kql</remarks>
internal sealed class KqlQuery
{
    /// <summary>A thousand logins in a list are far below it; what is longer is a mistake or an attack.</summary>
    public const int MaxLength = 64 * 1024;

    private readonly Func<LogEvent, bool> _matches;

    private KqlQuery(KqlNode query)
    {
        Root = query;
        _matches = KqlCompiler.Compile(query);
        EventTypes = KqlEventTypes.Of(query);
    }

    /// <summary>
    /// The event types a log event may be of for the query to match it; null when it may be any. One of another type never
    /// matches, so it need not even be read.
    /// </summary>
    public IReadOnlySet<string>? EventTypes { get; }

    /// <summary>The query as it was understood.</summary>
    public KqlNode Root { get; }

    /// <summary>Sentences about what is allowed and probably not meant; empty if there is nothing.</summary>
    public IReadOnlyList<string> FindWarnings() => KqlWarnings.Of(Root);

    /// <exception cref="KqlException">The text is no query.</exception>
    public static KqlQuery Parse(string text)
    {
        try
        {
            return new KqlQuery(KqlParser.Parse(text));
        }
        catch (ParseException fault)
        {
            throw new KqlException(KqlError.At(text, fault.Position.Offset, fault.Message));
        }
    }

    /// <returns>What is wrong with the text; null if it is a query.</returns>
    public static KqlError? Check(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (KqlException fault)
        {
            return fault.Error;
        }
    }

    public bool Matches(LogEvent logEvent) => _matches(logEvent);

    /// <summary>The query as text again: the same meaning, not the same blanks.</summary>
    public override string ToString() => KqlPrinter.Print(Root);
}
