using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Okta.Ecs;

namespace EventHookDetector.Tests.Detection.Kql;

/// <summary>Any query and any log event, of few words, so that they meet often enough.</summary>
internal static class SomeQueries
{
    private const string DebugData = "okta.debug_context.debug_data.flattened";

    private static readonly string[] Words =
    [
        "user.mfa.factor.reset_all", "user.session.start", "Ada Byron", "ada@example.com", "true", "null", "10", "9", "a", "A",
        "a\"b\\c", "*x*", "or", "x and y", " é ", "{(:)}", "a\u202e\0\n\u00a0\U000e0041", "\\u0041",
    ];

    private static readonly string[] EventTypes = ["user.mfa.factor.reset_all", "user.session.start", "a"];

    private static readonly string[] Addresses = ["10.0.0.1", "10.0.1.1", "192.0.2.7", "2001:db8::1"];

    private static readonly Gen<KqlText> Fields = AnyOf(
            "event.action", "okta.event_type", "event.outcome", "event.category", "okta.actor.display_name",
            "okta.target.display_name", "user.target.id",
            $"{DebugData}.a", $"{DebugData}.b.c", DebugData, "unknown.field", "okta.target",
            "user.email")
        .Select(name => Text(name));

    private static readonly Gen<KqlText> WildFields = AnyOf("*", "event.*", "okta.*.display_name", $"{DebugData}.*", "*.a", "u*r.*")
        .Select(Pattern);

    private static readonly Gen<KqlText> Values = Gen.Frequency(
        (6, AnyOf(Words).Select(word => Text(word))),
        (1, Gen.Const(new KqlText(["null"], IsQuoted: false, 0))),
        (1, Gen.Const(Pattern("*"))),
        (2, AnyOf(Words).Select(word => new KqlText([word[..1], word[1..]], IsQuoted: false, 0))),
        (1, AnyOf("user.*", "*Byron", "*a*e*", "a**").Select(Pattern)));

    private static readonly Gen<KqlNode> Leaves = Gen.Frequency(
        (8, Gen.Select(Fields, Values, KqlNode (field, value) => new KqlNode.Is(field, value))),
        (4, Gen.Select(AnyOf("event.action", "okta.event_type"), AnyOf(EventTypes),
            KqlNode (field, type) => new KqlNode.Is(Text(field), Text(type)))),
        (2, Gen.Select(WildFields, Values, KqlNode (field, value) => new KqlNode.Is(field, value))),
        (2, Gen.Select(
            Fields, Gen.Enum<KqlComparison>(), AnyOf(Words),
            KqlNode (field, comparison, word) => new KqlNode.Range(field, comparison, Text(word)))),
        (1, Gen.Select(
            AnyOf("source.ip", "related.ip", "okta.request.ip_chain.ip"),
            AnyOf([.. Addresses, "10.0.0.0/24", "10.0.0.0/8", "::/0"]),
            KqlNode (field, address) => new KqlNode.Is(Text(field), Text(address)))),
        (1, AnyOf("true", "false").Select(KqlNode (flag) => new KqlNode.Is(Text("okta.security_context.is_proxy"), Text(flag)))));

    public static Gen<KqlNode> Nodes { get; } = Gen.Recursive<KqlNode>((depth, inner) => depth > 3
        ? Leaves
        : Gen.Frequency(
            (3, Leaves),
            (1, inner.Array[2, 4].Select(KqlNode (all) => new KqlNode.And(all))),
            (1, inner.Array[2, 4].Select(KqlNode (any) => new KqlNode.Or(any))),
            (1, inner.Select(KqlNode (of) => new KqlNode.Not(of)))));

    private static readonly Gen<JsonNode?> Scalars = Gen.Frequency(
        (8, Texts(Words)),
        (1, Texts(Addresses)),
        (1, Gen.Int[8, 11].Select(JsonNode? (number) => JsonValue.Create(number))),
        (1, Gen.Bool.Select(JsonNode? (flag) => JsonValue.Create(flag))),
        (1, Gen.Const(() => (JsonNode?)null)),
        (1, Gen.Const(JsonNode? () => JsonValue.Create(""))));

    private static readonly Gen<JsonNode?> OneOrMany = Gen.Frequency(
        (6, Scalars), (1, Scalars.Array[0, 3].Select(JsonNode? (all) => new JsonArray([.. all.Select(one => one?.DeepClone())]))));

    // A text in their place is shown in the document, and no query finds it: the field's kind has no such value.
    private static readonly Gen<JsonNode?> Flags = Gen.Bool.Select(JsonNode? (flag) => JsonValue.Create(flag));

    private static readonly Gen<JsonNode?> Numbers = Gen.Int[8, 11].Select(JsonNode? (number) => JsonValue.Create(number));

    private static readonly Gen<JsonNode?> Subjects = Objects(
        ("id", OneOrMany), ("type", Texts("User", "user", "AppUser")), ("displayName", OneOrMany), ("alternateId", OneOrMany));

    private static readonly Gen<JsonNode?> Hops = Objects(("ip", Texts(Addresses)), ("source", Scalars)).Array[0, 3]
        .Select(JsonNode? (all) => new JsonArray(all));

    private static readonly Gen<JsonNode?> Debug = Objects(
        ("a", OneOrMany), ("b", Objects(("c", OneOrMany))), ("b.c", Scalars), ("x\"y", Scalars));

    private static readonly Gen<JsonNode?> Whole = Objects(
        ("uuid", Scalars),
        ("eventType", Gen.Frequency((4, Texts(EventTypes)), (1, Texts(Words)))),
        ("published", Texts("2026-11-24T09:15:02.417Z", "never")),
        ("actor", Subjects),
        ("target", Subjects.Array[0, 3].Select(JsonNode? (all) => new JsonArray(all))),
        ("outcome", Objects(("result", Texts("SUCCESS", "Deny", "x")), ("reason", OneOrMany))),
        ("client", Objects(("ipAddress", Texts(Addresses)), ("ipChain", Hops))),
        ("request", Objects(("ipChain", Hops))),
        ("securityContext", Objects(("isProxy", Flags), ("asNumber", Numbers))),
        ("debugContext", Objects(("debugData", Debug))));

    /// <summary>Some of them break off.</summary>
    public static Gen<LogEvent> LogEvents { get; } = Gen.Select(
        Whole, Gen.Bool, Gen.Frequency((4, Gen.Const(1.0)), (1, Gen.Double[0, 1])),
        (whole, escaped, share) =>
        {
            var json = Encoding.UTF8.GetBytes(whole!.ToJsonString(escaped ? JsonSerializerOptions.Default : Unescaped));
            return Logged.Event(json[..(int)(json.Length * share)]);
        });

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static KqlText Text(string text) => new([text], IsQuoted: true, 0);

    public static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(n => values[n]);

    private static Gen<JsonNode?> Texts(params string[] texts) => AnyOf(texts).Select(JsonNode? (text) => JsonValue.Create(text));

    private static KqlText Pattern(string pattern) => new(pattern.Split('*'), IsQuoted: false, 0);

    private static Gen<JsonNode?> Objects(params (string Name, Gen<JsonNode?> Value)[] properties) =>
        Gen.Select(
            Gen.Int[0, (1 << properties.Length) - 1],
            Properties(properties),
            JsonNode? (present, all) => new JsonObject(all.Where((_, n) => (present & (1 << n)) == 0)
                .Select(pair => KeyValuePair.Create(pair.Name, pair.Value?.DeepClone()))));

    private static Gen<(string Name, JsonNode? Value)[]> Properties((string Name, Gen<JsonNode?> Value)[] properties) => properties
        .Select(property => property.Value.Select(value => (property.Name, value)))
        .Aggregate(
            Gen.Const(Array.Empty<(string, JsonNode?)>()),
            (all, one) => Gen.Select(all, one, (before, next) => before.Append(next).ToArray()));
}
