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

    private string? Login => string.Equals(AlternateId, "unknown", StringComparison.OrdinalIgnoreCase) ? null : AlternateId;

    /// <summary>Compares ids; where one of the two has none, logins.</summary>
    public bool IsSameAccountAs(Subject other) => Id is null || other.Id is null
        ? AreEqual(Login, other.Login)
        : Id == other.Id && (Login is null || other.Login is null || AreEqual(Login, other.Login));

    /// <summary>Adds the names that only the other one has.</summary>
    public Subject CompletedBy(Subject other) =>
        this with { Id = Id ?? other.Id, AlternateId = Login ?? other.AlternateId ?? AlternateId, DisplayName = DisplayName ?? other.DisplayName };

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

    /// <summary>Reads the object that the reader has entered.</summary>
    public static Subject? ReadObject(ref Utf8JsonReader reader)
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

    private static bool AreEqual(string? name, string? other) => name is not null && string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
