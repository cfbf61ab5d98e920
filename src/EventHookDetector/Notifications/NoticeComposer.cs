using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Notifications;

/// <summary>Finds the words for a notification when it is about to be sent, from what is stored by then.</summary>
internal sealed class NoticeComposer(AlertReader alerts, RuleBook rules, IOptions<PublicOptions> options)
{
    /// <returns>Null if what it was about is no longer stored.</returns>
    public async Task<Notice?> ComposeAsync(string id, NoticeKind kind, string subject)
    {
        if (kind == NoticeKind.Digest)
        {
            var digest = DigestSubject.Parse(subject);
            var capped = await alerts.CappedAsync(digest.RuleId, digest.Window, CancellationToken.None);
            return DigestNotice.Compose(id, digest, capped, options.Value);
        }

        if (await alerts.FindAsync(subject, CancellationToken.None) is not { } found) return null;

        var notice = AlertNotice.Compose(id, found.Alert, rules.Find(found.Alert.Rule.Id)?.TriageGuide, options.Value);
        return kind == NoticeKind.Reminder ? AlertNotice.AsReminder(notice, found.Alert) : notice;
    }
}
