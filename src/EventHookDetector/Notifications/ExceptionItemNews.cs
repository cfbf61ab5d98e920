using EventHookDetector.Alerts;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>
/// Tells every notifier that an exception item was created or changed: it suppresses alerts, so it must not appear in silence. Of many changes
/// in five minutes, ten are sent one by one and the rest as one list at the end of that time.
/// </summary>
internal sealed class ExceptionItemNews(Outbox outbox, Notifiers notifiers)
{
    private const int MostOneByOne = 10;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>Called in the transaction of the change, which no other change of an exception item runs beside.</summary>
    public async Task AddAsync(DetectorTransaction transaction, NoticeKind kind, string itemId)
    {
        if (notifiers.All.Count == 0) return;

        var window = AlertWindow.Of(transaction.Now, Window);
        var added = await transaction.ReadAsync(
            """
            SELECT kind FROM notifications
            WHERE id >= @First AND notifier = @Notifier AND kind IN ('ExceptionItemCreated', 'ExceptionItemChanged', 'ExceptionItemChanges')
            """,
            row => row.GetString(0), AlertIds.FirstAt(window.Start), notifiers.All[0].Name);
        if (added.Count < MostOneByOne) await outbox.AddAsync(transaction, kind, itemId, AlertSeverity.High, _ => true);
        else if (!added.Contains(nameof(NoticeKind.ExceptionItemChanges), StringComparer.Ordinal))
            await outbox.AddAsync(transaction, NoticeKind.ExceptionItemChanges, itemId, AlertSeverity.High, _ => true, dueAt: window.End);
    }

    /// <summary>The time whose changes a list holds.</summary>
    public static AlertWindow WindowOf(string notificationId) => AlertWindow.Of(AlertIds.ReceivedAt(notificationId), Window);
}
