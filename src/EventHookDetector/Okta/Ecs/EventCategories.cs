using System.Collections.Frozen;

namespace EventHookDetector.Okta.Ecs;

/// <summary>
/// How ECS sorts an event type, for the types that rules ask for and those around a reset; the others have no category.
/// </summary>
/// <remarks>The facts are those of Elastic's Okta integration: https://www.elastic.co/docs/reference/integrations/okta</remarks>
internal static class EventCategories
{
    private static readonly FrozenDictionary<string, (string[] Category, string[] Types)> Known = Read(
        ("authentication", "info", "user.mfa.factor.reset_all user.mfa.factor.update user.mfa.factor.suspend user.mfa.factor.unsuspend "
            + "user.mfa.attempt_bypass user.mfa.okta_verify.deny_push user.account.reset_password user.account.update_password "
            + "user.authentication.auth user.authentication.auth_via_mfa user.authentication.auth_via_IDP user.authentication.sso "
            + "user.authentication.verify policy.evaluate_sign_on system.api_token.create system.api_token.update system.api_token.revoke"),
        ("authentication", "end info", "user.mfa.factor.deactivate user.account.expire_password"),
        ("authentication", "info start", "user.mfa.factor.activate"),
        ("session", "start", "user.session.start user.session.impersonation.initiate"),
        ("session", "end", "user.session.end user.session.expire user.session.impersonation.end"),
        ("session", "info", "user.session.access_admin_app user.session.clear user.session.context.change "
            + "user.session.impersonation.grant"),
        ("iam", "user", "user.account.lock user.account.unlock user.account.unlock_by_admin user.risk.detect user.lifecycle.activate "
            + "user.lifecycle.deactivate user.lifecycle.reactivate user.lifecycle.suspend user.lifecycle.unsuspend"),
        ("iam", "info user", "user.account.privilege.grant user.account.report_suspicious_activity_by_enduser"),
        ("iam", "deletion user", "user.account.privilege.revoke user.lifecycle.delete.initiated user.lifecycle.delete.completed"),
        ("iam", "change user", "user.risk.change user.account.update_profile user.account.update_primary_email"),
        ("iam", "creation user", "user.lifecycle.create"),
        ("iam", "group info", "group.privilege.grant"),
        ("iam", "deletion group", "group.privilege.revoke group.lifecycle.delete"),
        ("iam", "creation group user", "group.user_membership.add"),
        ("iam", "deletion group user", "group.user_membership.remove"),
        ("configuration", "info", "policy.lifecycle.activate policy.lifecycle.deactivate policy.rule.activate policy.rule.deactivate "
            + "zone.activate zone.deactivate event_hook.delivery event_hook.verified"),
        ("configuration", "change", "policy.lifecycle.update policy.rule.update zone.update event_hook.activated event_hook.deactivated "
            + "event_hook.updated"),
        ("configuration", "creation", "policy.lifecycle.create policy.rule.add zone.create event_hook.created "
            + "application.lifecycle.create"),
        ("configuration", "deletion", "policy.lifecycle.delete policy.rule.delete zone.delete event_hook.deleted "
            + "application.lifecycle.delete"),
        ("configuration", "", "application.lifecycle.activate application.lifecycle.deactivate application.lifecycle.update"),
        ("threat", "indicator", "security.attack.start security.attack.end"));

    public static IReadOnlyList<string> Category(string? eventType) =>
        eventType is not null && Known.TryGetValue(eventType, out var known) ? known.Category : [];

    public static IReadOnlyList<string> Types(string? eventType) =>
        eventType is not null && Known.TryGetValue(eventType, out var known) ? known.Types : [];

    private static FrozenDictionary<string, (string[] Category, string[] Types)> Read(
        params (string Category, string Types, string EventTypes)[] rows) => rows
        .SelectMany(row => row.EventTypes.Split(' ').Select(eventType =>
            (eventType, (new[] { row.Category }, row.Types.Split(' ', StringSplitOptions.RemoveEmptyEntries)))))
        .ToFrozenDictionary(pair => pair.eventType, pair => pair.Item2, StringComparer.Ordinal);
}
