using EventHookDetector.Alerts;
using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Notifications;

/// <summary>Finds the words for a notification when it is about to be sent, from what is stored by then.</summary>
internal sealed class NoticeComposer(
    AlertReader alerts, SuppressedByWindow suppressed, ExceptionItems exceptionItems, RuleBook rules, IOptions<PublicOptions> options, TimeProvider clock) : IDisposable
{
    // Many notifications are composed at once, and each may be about a log event of many MB.
    private const int MostLogEventsAtOnce = 2;

    private readonly SemaphoreSlim _reading = new(MostLogEventsAtOnce);

    /// <returns>Null if there is nothing left to send.</returns>
    public async Task<Notice?> ComposeAsync(string id, NoticeKind kind, string subject)
    {
        if (kind == NoticeKind.Digest)
        {
            var digest = DigestSubject.Parse(subject);
            var summary = await suppressed.SumUpAsync(digest.RuleId, digest.Window, CancellationToken.None);
            return DigestNotice.Compose(id, digest, summary, options.Value);
        }

        if (kind is NoticeKind.ExceptionItemCreated or NoticeKind.ExceptionItemChanged) return await ComposeChangeAsync(id, kind, subject);
        if (kind == NoticeKind.ExceptionItemChanges) return await ComposeChangesAsync(id);
        if (kind == NoticeKind.ExceptionItemEnding) return await ComposeEndingAsync(id, subject);
        if (await FindAsync(subject) is not { } alert) return null;

        var notice = AlertNotice.Compose(id, alert, rules.Find(alert.Rule.Id)?.TriageGuide, options.Value);
        return kind == NoticeKind.Reminder ? AlertNotice.AsReminder(notice, alert) : notice;
    }

    public void Dispose() => _reading.Dispose();

    private async Task<Alert?> FindAsync(string alertId)
    {
        await _reading.WaitAsync();
        try
        {
            return (await alerts.FindAsync(alertId, CancellationToken.None))?.Alert;
        }
        finally
        {
            _reading.Release();
        }
    }

    // One that has ended since is sent all the same: it may have suppressed alerts meanwhile.
    private async Task<Notice?> ComposeChangeAsync(string id, NoticeKind kind, string itemId) =>
        await exceptionItems.FindAsync(itemId, CancellationToken.None) is { } item
            ? ExceptionItemChangeNotice.Compose(id, kind, item, clock.GetUtcNow(), options.Value)
            : null;

    private async Task<Notice?> ComposeChangesAsync(string id)
    {
        var window = ExceptionItemNews.WindowOf(id);
        var items = await exceptionItems.ChangedInAsync(window, ExceptionItemChangeNotice.MostListed, CancellationToken.None);
        return items.Count == 0 ? null : ExceptionItemChangeNotice.ComposeList(id, window, items, clock.GetUtcNow(), options.Value);
    }

    // Whoever has ended it since, or moved its end (which another announcement will tell), needs no news of the old one.
    private async Task<Notice?> ComposeEndingAsync(string id, string itemId) =>
        await exceptionItems.FindAsync(itemId, CancellationToken.None) is { EndedAt: null, AnnouncedAt: not null } item
            ? ExceptionItemNotice.Compose(id, item, clock.GetUtcNow(), options.Value)
            : null;
}
