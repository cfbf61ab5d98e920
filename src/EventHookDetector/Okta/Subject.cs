using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>Somebody or something in a log event: an actor or a target.</summary>
/// <param name="Id">Okta's id, such as 00u1a2b3c4.</param>
/// <param name="Type">User, SystemPrincipal, PublicClientApp, UserGroup, AuthenticatorEnrollment and so on; open-ended.</param>
/// <param name="AlternateId">The login, usually an address.</param>
/// <param name="DisplayName">The name that people see.</param>
internal sealed record Subject(string? Id, string? Type, string? AlternateId, string? DisplayName)
{
    /// <summary>What it is known by: Okta's id, or where that is missing the login.</summary>
    public string? Key => Id ?? AlternateId;

    public bool IsUser => string.Equals(Type, "User", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads <c>actor</c>.</summary>
    public static Subject? Read(ref Utf8JsonReader reader) => reader.EntersObject() ? ReadObject(ref reader) : null;

    /// <summary>Reads <c>target</c>.</summary>
    public static IReadOnlyList<Subject> ReadAll(ref Utf8JsonReader reader)
    {
        if (!reader.EntersArray()) return [];

        var subjects = new List<Subject>();
        while (reader.NextObject())
        {
            if (ReadObject(ref reader) is { } subject) subjects.Add(subject);
        }

        return subjects;
    }

    private static Subject? ReadObject(ref Utf8JsonReader reader)
    {
        string? id = null, type = null, alternateId = null, displayName = null;
        while (reader.NextName())
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.NextText();
            else if (reader.ValueTextEquals("type"u8)) type = reader.NextText();
            else if (reader.ValueTextEquals("alternateId"u8)) alternateId = reader.NextText();
            else if (reader.ValueTextEquals("displayName"u8)) displayName = reader.NextText();
            else reader.SkipNext();
        }

        return (id ?? type ?? alternateId ?? displayName) is null ? null : new(id, type, alternateId, displayName);
    }
}
