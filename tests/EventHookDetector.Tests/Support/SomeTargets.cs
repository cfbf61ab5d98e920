using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>Log events that name several targets.</summary>
internal static class SomeTargets
{
    /// <summary>Replaces the targets of a log event.</summary>
    public static JsonObject About(this JsonObject logEvent, params JsonNode[] targets)
    {
        logEvent["target"] = new JsonArray([.. targets.Select(target => target.DeepClone())]);
        return logEvent;
    }

    /// <summary>A reset of all factors of several accounts, each a login, with other entries before, between and after them.</summary>
    public static JsonObject FactorReset(params string[] targets) => Some.FactorReset().AboutUsers(targets);

    /// <summary>The removal of one factor of each of several accounts.</summary>
    public static JsonObject FactorRemoved(params string[] targets)
    {
        var logEvent = Some.LogEvent("user.mfa.factor.deactivate").AboutUsers(targets);
        logEvent["outcome"]!["reason"] = "User reset OKTA_VERIFY_PUSH factor";
        return logEvent;
    }

    public static JsonObject By(this JsonObject logEvent, string actor)
    {
        logEvent["actor"]!["id"] = $"00u-{actor}";
        logEvent["actor"]!["alternateId"] = actor;
        return logEvent;
    }

    /// <summary>An account with both an id and a login.</summary>
    public static JsonObject User(string login) => User($"00u-{login}", login);

    public static JsonObject User(string? id, string? login) =>
        new() { ["id"] = id, ["type"] = "User", ["alternateId"] = login, ["displayName"] = "A Target" };

    private static JsonObject AboutUsers(this JsonObject logEvent, params string[] logins)
    {
        var group = new JsonObject { ["id"] = "00g1finance", ["type"] = "UserGroup", ["alternateId"] = "unknown", ["displayName"] = "Finance" };
        var application = new JsonObject { ["id"] = "0oa1mail", ["type"] = "AppInstance", ["alternateId"] = "Mail", ["displayName"] = "Mail" };
        return logEvent.About([group, .. logins.SelectMany(login => new[] { User(login), application })]);
    }
}
