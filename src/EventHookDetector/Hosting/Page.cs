using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.Hosting;

/// <summary>One page of a list, and where the next one begins.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="NextCursor">To be sent as <c>cursor</c> for the next page; null on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Selects a page of a list. A cursor is a place, not a number: new items do not shift the pages.</summary>
internal sealed record PageQuery(
    [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "cursor")] string? Cursor,
    HttpContext Context)
{
    private const int MaxLimit = 200;
    private const char Separator = '\n';

    internal int LimitOrDefault => Limit is null ? 50 : int.Parse(Limit, CultureInfo.InvariantCulture);

    /// <summary>The place after which the page begins, such as an id; null for the first page.</summary>
    internal string? CursorOrNull => string.IsNullOrEmpty(Cursor) ? null : Decode(Cursor);

    // A cursor of another list would show an empty page, or the first one.
    private string List => Context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? Context.Request.Path;

    /// <param name="isPlace">Tells whether a text is a place in this list; null if any text may be one.</param>
    internal IResult? FindFault(Func<string, bool>? isPlace = null)
    {
        if (Limit is not null && !(int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit))
            return Problem.BadRequest($"limit must be a whole number from 1 to {MaxLimit}.");

        if (string.IsNullOrEmpty(Cursor)) return null;

        return Decode(Cursor) is { } place && isPlace?.Invoke(place) != false ? null : CursorFault;
    }

    internal static IResult CursorFault => Problem.BadRequest("cursor must be the nextCursor of an earlier page of this list, unchanged.");

    /// <param name="found">One item more than the limit, if there are that many: it tells whether there is a next page.</param>
    /// <param name="place">The place of an item in the list, such as its id.</param>
    internal Page<T> Of<T>(IReadOnlyList<T> found, Func<T, string> place) =>
        Of([.. found.Take(LimitOrDefault)], isMore: found.Count > LimitOrDefault, place);

    /// <param name="items">The items of the page.</param>
    /// <param name="isMore">Whether another page follows.</param>
    /// <param name="place">The place of an item in the list, such as its id.</param>
    internal Page<T> Of<T>(IReadOnlyList<T> items, bool isMore, Func<T, string> place) => new(items, isMore ? Encode(place(items[^1])) : null);

    private string Encode(string place) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{List}{Separator}{place}"));

    private string? Decode(string cursor)
    {
        if (!Base64Url.IsValid(cursor)) return null;

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(Separator, 2);
        return parts.Length == 2 && parts[0] == List && !parts[1].Any(char.IsControl) ? parts[1] : null;
    }
}
