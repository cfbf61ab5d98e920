using System.Text;
using static EventHookDetector.Okta.Ecs.EcsField;

namespace EventHookDetector.Okta.Ecs;

/// <summary>
/// A log event as Elastic's Okta integration would index it, field by field. This table is the only list of fields: queries
/// read from it value by value, and the document is made of it.
/// </summary>
/// <remarks>https://www.elastic.co/docs/reference/integrations/okta</remarks>
internal static class EcsFields
{
    public const string Action = "event.action";
    public const string EventType = "okta.event_type";
    public const string Flattened = "okta.debug_context.debug_data.flattened";

    private static readonly RawPath RawEventType = new("eventType");
    private static readonly RawPath RawResult = new("outcome.result");

    public static IReadOnlyList<EcsField> All { get; } =
    [
        Raw("@timestamp", EcsKind.Date, "published"),
        Constant("data_stream.dataset", "okta.system"),
        Constant("data_stream.type", "logs"),
        Derived(Action, TestEventType),
        Derived("event.category[]", logEvent => EventCategories.Category(TypeOf(logEvent))),
        Constant("event.dataset", "okta.system"),
        Raw("event.id", "uuid"),
        Constant("event.kind", "event"),
        Constant("event.module", "okta"),
        Derived("event.outcome", TestOutcome),
        Derived("event.type[]", logEvent => EventCategories.Types(TypeOf(logEvent))),

        Raw("client.as.organization.name", "securityContext.asOrg"),
        Raw("client.domain", "securityContext.domain"),
        Raw("client.geo.city_name", "client.geographicalContext.city"),
        Raw("client.geo.country_name", "client.geographicalContext.country"),
        Raw("client.geo.location.lat", "client.geographicalContext.geolocation.lat"),
        Raw("client.geo.location.lon", "client.geographicalContext.geolocation.lon"),
        Raw("client.geo.region_name", "client.geographicalContext.state"),
        Raw("client.ip", EcsKind.Ip, "client.ipAddress"),
        Raw("client.user.full_name", "actor.displayName"),
        Raw("client.user.id", "actor.id"),
        Raw("client.user.name", "actor.alternateId"),
        Raw("related.ip[]", EcsKind.Ip, "client.ipAddress"),
        Raw("related.user[]", "actor.displayName", "target[User].displayName"),
        Raw("source.domain", "securityContext.domain"),
        Raw("source.ip", EcsKind.Ip, "client.ipAddress"),
        Raw("source.user.full_name", "actor.displayName"),
        Raw("source.user.id", "actor.id"),
        Raw("source.user.name", "actor.alternateId"),
        Raw("user.email", EcsKind.Email, "actor.alternateId"),
        Raw("user.full_name", "actor.displayName"),
        Raw("user.name", "actor.alternateId"),
        Raw("user.target.full_name", "target[User].displayName"),
        Raw("user.target.id", "target[User].id"),
        Raw("user_agent.original", "client.userAgent.rawUserAgent"),

        Raw("okta.actor.alternate_id", "actor.alternateId"),
        Raw("okta.actor.display_name", "actor.displayName"),
        Raw("okta.actor.id", "actor.id"),
        Raw("okta.actor.type", "actor.type"),
        Raw("okta.authentication_context.authentication_provider", "authenticationContext.authenticationProvider"),
        Raw("okta.authentication_context.authentication_step", EcsKind.Number, "authenticationContext.authenticationStep"),
        Raw("okta.authentication_context.credential_provider", "authenticationContext.credentialProvider"),
        Raw("okta.authentication_context.credential_type", "authenticationContext.credentialType"),
        Raw("okta.authentication_context.external_session_id", "authenticationContext.externalSessionId"),
        Raw("okta.authentication_context.issuer.id", "authenticationContext.issuer.id"),
        Raw("okta.authentication_context.issuer.type", "authenticationContext.issuer.type"),
        Raw("okta.authentication_context.root_session_id", "authenticationContext.rootSessionId"),
        Raw("okta.client.device", "client.device"),
        Raw("okta.client.id", "client.id"),
        Raw("okta.client.ip", EcsKind.Ip, "client.ipAddress"),
        Raw("okta.client.user_agent.browser", "client.userAgent.browser"),
        Raw("okta.client.user_agent.os", "client.userAgent.os"),
        Raw("okta.client.user_agent.raw_user_agent", "client.userAgent.rawUserAgent"),
        Raw("okta.client.zone", "client.zone"),
        Raw("okta.debug_context.debug_data.device_fingerprint", "debugContext.debugData.deviceFingerprint"),
        Raw("okta.debug_context.debug_data.dt_hash", "debugContext.debugData.dtHash"),
        Raw("okta.debug_context.debug_data.factor", "debugContext.debugData.factor"),
        Raw("okta.debug_context.debug_data.request_id", "debugContext.debugData.requestId"),
        Raw("okta.debug_context.debug_data.request_uri", "debugContext.debugData.requestUri"),
        Derived("okta.debug_context.debug_data.risk_behaviors[]", logEvent => DebugRisk.Seen(logEvent.ReadableJson)),
        Derived("okta.debug_context.debug_data.risk_level", logEvent => DebugRisk.Level(logEvent.ReadableJson)),
        Derived("okta.debug_context.debug_data.risk_reasons[]", logEvent => DebugRisk.Reasons(logEvent.ReadableJson)),
        Raw("okta.debug_context.debug_data.threat_suspected", "debugContext.debugData.threatSuspected"),
        Raw("okta.debug_context.debug_data.url", "debugContext.debugData.url"),
        Raw("okta.display_message", "displayMessage"),
        Derived(EventType, TestEventType),
        Raw("okta.outcome.reason", "outcome.reason"),
        Raw("okta.outcome.result", "outcome.result"),
        // Event hooks put the chain under client, the System Log API under request.
        Raw("okta.request.ip_chain[].ip", EcsKind.Ip, "client.ipChain[].ip", "request.ipChain[].ip"),
        Raw("okta.request.ip_chain[].source", "client.ipChain[].source", "request.ipChain[].source"),
        Raw("okta.request.ip_chain[].version", "client.ipChain[].version", "request.ipChain[].version"),
        InChain("city", "city"),
        InChain("country", "country"),
        InChain("geolocation.lat", "geolocation.lat"),
        InChain("geolocation.lon", "geolocation.lon"),
        InChain("postal_code", "postalCode"),
        InChain("state", "state"),
        Raw("okta.security_context.as.number", EcsKind.Number, "securityContext.asNumber"),
        Raw("okta.security_context.as.organization.name", "securityContext.asOrg"),
        Raw("okta.security_context.domain", "securityContext.domain"),
        Raw("okta.security_context.is_proxy", EcsKind.Boolean, "securityContext.isProxy"),
        Raw("okta.security_context.isp", "securityContext.isp"),
        Raw("okta.target[].alternate_id", "target[].alternateId"),
        Raw("okta.target[].display_name", "target[].displayName"),
        Raw("okta.target[].id", "target[].id"),
        Raw("okta.target[].type", "target[].type"),
        Raw("okta.transaction.detail.request_api_token_id", "transaction.detail.requestApiTokenId"),
        Raw("okta.transaction.id", "transaction.id"),
        Raw("okta.transaction.type", "transaction.type"),
        Raw("okta.uuid", "uuid"),
    ];

    /// <returns>The field of that name; of debug data, any. None for a name that no document has.</returns>
    public static IReadOnlyList<EcsField> Named(string name)
    {
        if (All.FirstOrDefault(field => field.Name == name) is { } known) return [known];
        // As in Elastic, the name of the whole asks all of its values.
        if (name == Flattened) return [FromDebugData(static _ => true)];

        var isBelow = name.StartsWith($"{Flattened}.", StringComparison.Ordinal);
        return isBelow ? [FromDebugData(found => found.SequenceEqual(name))] : [];
    }

    /// <returns>The field of that name and those below it.</returns>
    public static IReadOnlyList<EcsField> Under(string name)
    {
        var below = $"{name}.";
        bool IsMeant(ReadOnlySpan<char> found) => found.SequenceEqual(name) || found.StartsWith(below, StringComparison.Ordinal);

        var known = All.Where(field => IsMeant(field.Name));
        var mayBeDebugData = name.StartsWith(Flattened, StringComparison.Ordinal) || Flattened.StartsWith(below, StringComparison.Ordinal);
        return [.. mayBeDebugData ? known.Append(FromDebugData(IsMeant)) : known];
    }

    /// <returns>The fields whose names pass. Those of the debug data are known only when they are read.</returns>
    public static IReadOnlyList<EcsField> Like(EcsNameTest nameTest) =>
        [.. All.Where(field => nameTest(field.Name)), FromDebugData(nameTest)];

    private static EcsField FromDebugData(EcsNameTest nameTest) =>
        Derived($"{Flattened}.*", (logEvent, test) => DebugFields.Any(logEvent.ReadableJson, nameTest, test));

    private static EcsField InChain(string name, string path) => Raw(
        $"okta.request.ip_chain[].geographical_context.{name}",
        $"client.ipChain[].geographicalContext.{path}",
        $"request.ipChain[].geographicalContext.{path}");

    // It was read when the log event was found, so most questions are answered without looking at a byte. There is one at most.
    private static bool TestEventType(LogEvent logEvent, EcsValueTest test) =>
        TypeOf(logEvent) is { } eventType && EcsValue.Test(eventType, test);

    private static string? TypeOf(LogEvent logEvent) => logEvent.EventType ?? RawEventType.First(logEvent.ReadableJson);

    private static bool TestOutcome(LogEvent logEvent, EcsValueTest test)
    {
        var result = RawResult.FirstValue(logEvent.ReadableJson).Utf8;
        var isSuccess = Ascii.EqualsIgnoreCase(result, "SUCCESS"u8) || Ascii.EqualsIgnoreCase(result, "ALLOW"u8);
        var isFailure = Ascii.EqualsIgnoreCase(result, "FAILURE"u8) || Ascii.EqualsIgnoreCase(result, "DENY"u8);
        return EcsValue.Test(isSuccess ? "success" : isFailure ? "failure" : "unknown", test);
    }
}
