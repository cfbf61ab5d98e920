using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Notifications;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Triage;

/// <summary>Takes exception items in: tries each on what was stored, stores it within the limits, and tells every notifier in the same transaction.</summary>
internal sealed class ExceptionItemDesk(
    ExceptionItems items, ExceptionPreview preview, ExceptionItemNews news, IOptions<ExceptionsOptions> options, TimeProvider clock)
{
    // The newest are enough to see whether it covers too much.
    private const int MostExamined = 5000;

    /// <returns>The item as it was stored; null if there is no room for it.</returns>
    public async Task<ExceptionItem?> AddAsync(ExceptionItem item, Coverage coverage, CancellationToken cancellationToken)
    {
        var tried = await TryOutAsync(item, coverage, cancellationToken);
        var verdict = await items.AddAsync(
            tried, options.Value.Limits, transaction => news.AddAsync(transaction, NoticeKind.ExceptionItemCreated, item.Id), cancellationToken);
        return verdict == ExceptionItemChange.Done ? tried : null;
    }

    public async Task<ExceptionItemChange> ChangeAsync(ExceptionItem item, Coverage coverage, CancellationToken cancellationToken) => await items.ChangeAsync(
        await TryOutAsync(item, coverage, cancellationToken),
        options.Value.Limits,
        transaction => news.AddAsync(transaction, NoticeKind.ExceptionItemChanged, item.Id),
        cancellationToken);

    private async Task<ExceptionItem> TryOutAsync(ExceptionItem item, Coverage coverage, CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow().AddDays(-ExceptionItemPreview.LengthInDays);
        var found = await preview.OfAsync(coverage, since, MostExamined, cancellationToken);
        return item with { PreviewExamined = found.Examined, PreviewCovered = found.Covered };
    }
}
