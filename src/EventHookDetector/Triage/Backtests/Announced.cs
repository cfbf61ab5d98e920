using EventHookDetector.Alerts;
using EventHookDetector.Detection;

namespace EventHookDetector.Triage.Backtests;

/// <summary>
/// Every exception item and every expected reset that there ever was, each from when it was entered until it was ended or taken
/// back: so a backtest finds those that stood then.
/// </summary>
internal sealed record Announced(IReadOnlyList<ExceptionItem> ExceptionItems, IReadOnlyList<ExpectedReset> ExpectedResets)
{
    private const int PageSize = 200;

    // Each is compiled for the backtest, into about sixteen times as many bytes.
    private const long MostCharacters = 4 * 1024 * 1024;

    public static readonly Announced None = new([], []);

    public static async Task<Announced> ReadAsync(ExceptionItems items, ExpectedResets resets, CancellationToken cancellationToken) => new(
        [.. (await AllAsync(before => items.ListAsync(before, PageSize, cancellationToken), item => item.Id, item => item.Condition.Length)).Select(AsItStood)],
        [.. (await AllAsync(before => resets.ListAsync(before, PageSize, cancellationToken), reset => reset.Id, _ => 0)).Select(AsItStood)]);

    /// <summary>Adds them as if they were new: not ended, and used by nothing yet.</summary>
    public async Task AddToAsync(ExceptionItems items, ExpectedResets resets, CancellationToken cancellationToken)
    {
        foreach (var page in ExceptionItems.Chunk(PageSize)) await Task.WhenAll(page.Select(item => items.AddAsync(item, limits: null, also: null, cancellationToken)));
        foreach (var page in ExpectedResets.Chunk(PageSize)) await Task.WhenAll(page.Select(reset => resets.AnnounceAsync(reset, cancellationToken)));
    }

    private static ExceptionItem AsItStood(ExceptionItem item) => item with
    {
        StartsAt = Later(item.StartsAt, item.CreatedAt),
        EndsAt = Earlier(item.EndsAt, item.EndedAt),
    };

    private static ExpectedReset AsItStood(ExpectedReset reset) => reset with
    {
        FromAt = Later(reset.FromAt, reset.AnnouncedAt),
        UntilAt = Earlier(reset.UntilAt, reset.WithdrawnAt),
    };

    private static DateTimeOffset Later(DateTimeOffset? time, DateTimeOffset other) => time > other ? time.Value : other;

    private static DateTimeOffset Earlier(DateTimeOffset time, DateTimeOffset? other) => other < time ? other.Value : time;

    private static async Task<IReadOnlyList<T>> AllAsync<T>(Func<string?, Task<IReadOnlyList<T>>> pageBefore, Func<T, string> id, Func<T, long> characters)
    {
        var (all, sum) = (new List<T>(), 0L);
        while (true)
        {
            var page = await pageBefore(all.Count == 0 ? null : id(all[^1]));
            all.AddRange(page);
            sum += page.Sum(characters);
            if (sum > MostCharacters)
            {
                throw new BacktestRefusedException(
                    BacktestRefusal.TooManyExceptionItems,
                    $"The conditions of all stored exception items, the ended ones included, have more than {MostCharacters} characters together, and a backtest holds all of them. "
                    + "They are removed as they grow older than Retention:Alerts. Run EventHookDetector backtest on a machine without this database instead.");
            }

            if (page.Count < PageSize) return all;
        }
    }
}
