using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Notifications;

/// <summary>Finds the words for a notification when it is about to be sent, from what is stored by then.</summary>
internal sealed class NoticeComposer(
    AlertReader alerts, ExceptionItems exceptionItems, RuleBook rules, IOptions<PublicOptions> options, TimeProvider clock)
{
    /// <returns>Null if there is nothing left to tell.</returns>
    public async Task<Notice?> ComposeAsync(string id, NoticeKind kind, string subject)
    {
        if (kind == NoticeKind.Digest)
        {
            var digest = DigestSubject.Parse(subject);
            var capped = await alerts.CappedAsync(digest.RuleId, digest.Window, CancellationToken.None);
            return DigestNotice.Compose(id, digest, capped, options.Value);
        }

        if (kind == NoticeKind.ExceptionItemEnding) return await ComposeEndingAsync(id, subject);
        if (await alerts.FindAsync(subject, CancellationToken.None) is not { } found) return null;

        var notice = AlertNotice.Compose(id, found.Alert, rules.Find(found.Alert.Rule.Id)?.TriageGuide, options.Value);
        return kind == NoticeKind.Reminder ? AlertNotice.AsReminder(notice, found.Alert) : notice;
    }

    // Whoever has ended it since, or moved its end (which another announcement will tell), needs no news of the old one.
    private async Task<Notice?> ComposeEndingAsync(string id, string itemId) =>
        await exceptionItems.FindAsync(itemId, CancellationToken.None) is { EndedAt: null, AnnouncedAt: not null } item
            ? ExceptionItemNotice.Compose(id, item, clock.GetUtcNow(), options.Value)
            : null;
}
