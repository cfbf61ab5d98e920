using CsCheck;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta.Ecs;
using EventHookDetector.Tests.Okta.Ecs;

namespace EventHookDetector.Tests.Detection.Kql;

[Trait("Engine", "Any")]
public sealed class KqlPropertyTests
{
    [Fact]
    public void A_query_compiled_says_what_it_means_for_the_whole_document() =>
        Gen.Select(SomeQueries.Nodes, SomeQueries.LogEvents).Sample(
            (query, logEvent) =>
                KqlQuery.Parse(KqlPrinter.Print(query)).Matches(logEvent) == NaiveKql.Matches(query, Logged.Flat(EcsDocument.Of(logEvent))),
            iter: 5000,
            print: pair => $"{KqlPrinter.Print(pair.Item1)}\n{EcsDocument.Of(pair.Item2)}");

    [Fact]
    public void A_query_written_down_and_read_again_is_the_same_query() =>
        SomeQueries.Nodes.Sample(
            query =>
            {
                var printed = KqlPrinter.Print(query);
                return KqlQuery.Parse(printed).ToString() == printed;
            },
            iter: 5000,
            print: KqlPrinter.Print);

    [Fact]
    public void A_log_event_of_a_type_that_is_not_asked_for_never_matches() =>
        Gen.Select(SomeQueries.Nodes, SomeQueries.LogEvents).Sample(
            (node, logEvent) =>
            {
                var query = KqlQuery.Parse(KqlPrinter.Print(node));
                var isAskedFor = query.EventTypes is null || (logEvent.EventType is not null && query.EventTypes.Contains(logEvent.EventType));
                return isAskedFor || !query.Matches(logEvent);
            },
            iter: 5000,
            print: pair => $"{KqlPrinter.Print(pair.Item1)}\n{EcsDocument.Of(pair.Item2)}");

    [Fact]
    public void Whatever_is_typed_is_a_query_or_an_error_that_says_where() =>
        Gen.OneOf(Gen.String, SomeQueries.AnyOf("a", ":", " ", "and", "or", "not", "(", ")", "{", "}", "\"", "*", "\\", "<=", ">", "\n", "1.2.3.4/8", "source.ip").Array.Select(string.Concat))
            .Sample(
                text => KqlQuery.Check(text) is not { } error || (error.Offset >= 0 && error.Offset <= text.Length && error.Expected.Length > 0),
                iter: 20_000);
}
