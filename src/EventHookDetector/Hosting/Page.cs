using System.Globalization;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.Hosting;

/// <summary>One page of a list, and where the next one begins.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="NextCursor">To be sent as <c>cursor</c> for the next page; null on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

internal static class Page
{
    /// <param name="found">One item more than the limit, if there are that many: it tells whether there is a next page.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> found, int limit, Func<T, string> cursor) =>
        found.Count > limit ? new([.. found.Take(limit)], cursor(found[limit - 1])) : new(found, NextCursor: null);
}

/// <summary>Which page of a list to show. A cursor is a place, not a number: new items do not shift the pages.</summary>
internal sealed record PageQuery(
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "cursor")] string? Cursor)
{
    private const int MaxLimit = 200;

    internal int LimitOrDefault => Limit is null ? 50 : int.Parse(Limit, CultureInfo.InvariantCulture);

    internal string? CursorOrNull => string.IsNullOrEmpty(Cursor) ? null : Cursor.ToLowerInvariant();

    /// <param name="isOfThisList">Whether a cursor is one of this list; null where that is an id.</param>
    internal IResult? FindFault(Func<string, bool>? isOfThisList = null)
    {
        if (Limit is not null && !(int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit))
            return Problem.BadRequest($"limit must be a whole number from 1 to {MaxLimit}.");

        return CursorOrNull is { } cursor && !(isOfThisList ?? IsOfOurs)(cursor)
            ? Problem.BadRequest("cursor must be the nextCursor of an earlier page, unchanged.")
            : null;
    }

    /// <summary>A cursor is the id of the last item shown: a UUID, or a number where the list has no better one.</summary>
    private static bool IsOfOurs(string cursor) =>
        Guid.TryParseExact(cursor, "D", out _) || long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
