using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta.Ecs;

namespace EventHookDetector.Triage;

/// <summary>A part of a log event that tells one reset from another.</summary>
internal enum NarrowPart
{
    Actor,
    Target,
    Address,
    Token,
    Place,

    /// <summary>A session, a request, a device or the log event itself: never the same twice, and no part to advise.</summary>
    Session,
}

/// <summary>Which fields tell one reset from another. All others are the same for most resets.</summary>
internal static class NarrowParts
{
    /// <summary>Fewer characters than that before or between wildcards fit too many names.</summary>
    public const int FewestCharacters = 4;

    private const int LengthOfIdType = 3;

    private static readonly (string Prefix, NarrowPart Part)[] Prefixes =
    [
        ("okta.actor.id", NarrowPart.Actor), ("okta.actor.alternate_id", NarrowPart.Actor), ("okta.actor.display_name", NarrowPart.Actor),
        ("client.user.", NarrowPart.Actor), ("source.user.", NarrowPart.Actor), ("user.target.", NarrowPart.Target), ("user.", NarrowPart.Actor),
        ("related.user", NarrowPart.Actor),
        ("okta.target.id", NarrowPart.Target), ("okta.target.alternate_id", NarrowPart.Target), ("okta.target.display_name", NarrowPart.Target),
        ("okta.transaction.detail.request_api_token_id", NarrowPart.Token), ("okta.client.id", NarrowPart.Token),
        ("client.geo.", NarrowPart.Place), ("client.as.", NarrowPart.Place), ("client.domain", NarrowPart.Place), ("source.domain", NarrowPart.Place),
        ("okta.request.ip_chain.geographical_context.", NarrowPart.Place), ("okta.security_context.as.", NarrowPart.Place),
        ("okta.security_context.domain", NarrowPart.Place), ("okta.security_context.isp", NarrowPart.Place),
        ("okta.authentication_context.external_session_id", NarrowPart.Session), ("okta.authentication_context.root_session_id", NarrowPart.Session),
        ("okta.debug_context.debug_data.device_fingerprint", NarrowPart.Session), ("okta.debug_context.debug_data.dt_hash", NarrowPart.Session),
        ("okta.debug_context.debug_data.request_id", NarrowPart.Session), ("okta.transaction.id", NarrowPart.Session),
        ("okta.device.id", NarrowPart.Session), ("okta.device.name", NarrowPart.Session), ("okta.uuid", NarrowPart.Session), ("event.id", NarrowPart.Session),
    ];

    /// <returns>Null if the field tells no reset from another.</returns>
    public static NarrowPart? Of(EcsField field) => field.Kind == EcsKind.Ip
        ? NarrowPart.Address
        : Prefixes.Where(known => field.Name.StartsWith(known.Prefix, StringComparison.Ordinal)).Select(known => (NarrowPart?)known.Part).FirstOrDefault();

    /// <summary>True if a value with wildcards fits few names. The domain of a login and the type of an id stand in most of an organization's names.</summary>
    public static bool IsNarrow(EcsField field, KqlText pattern)
    {
        var isId = field.Name.EndsWith(".id", StringComparison.Ordinal) || field.Name.EndsWith("_id", StringComparison.Ordinal) && !IsLogin(field);
        if (isId) return pattern.Parts[0].Length - LengthOfIdType >= FewestCharacters;
        if (IsLogin(field)) return pattern.Parts[0].Split('@')[0].Length >= FewestCharacters;

        return pattern.Parts.Sum(part => part.Count(char.IsLetterOrDigit)) >= FewestCharacters;
    }

    private static bool IsLogin(EcsField field) =>
        field.Name.EndsWith("alternate_id", StringComparison.Ordinal) || field.Name.EndsWith("user.name", StringComparison.Ordinal)
        || field.Name.EndsWith(".email", StringComparison.Ordinal) || field.Name == "related.user";
}
