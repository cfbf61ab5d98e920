using System.Globalization;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;

namespace EventHookDetector.Notifications;

/// <summary>An exception item that ends soon, in words: which one, who answers for it, and what happens if nobody does anything.</summary>
internal static class ExceptionItemNotice
{
    public static Notice Compose(string id, ExceptionItem item, DateTimeOffset now, PublicOptions links) => new()
    {
        Id = id,
        Thread = item.Id,
        Type = "exception.ending",
        Timestamp = item.AnnouncedAt ?? now,
        Title = $"An exception item of {item.Owner} {Ends(item, now)} {Time(item.EndsAt)}",
        Summary = $"The exception item \"{item.Reason}\" {Ends(item, now)} {Time(item.EndsAt)}. From then on, log events like those it covers "
            + "wake people again.",
        Facts = [.. FactsOf(item)],
        NextSteps =
        [
            $"If it is still needed, {item.Owner} sets a new endsAt with PUT /api/exceptions/{item.Id}; once it is over, only a new one helps.",
            "If it is not, let it end: nothing needs to be done.",
        ],
        Link = links.LinkToOperation(Tags.ExceptionItems, "GetExceptionItem"),
        Data = ExceptionItemAnswer.Of(item, now),
    };

    private static IEnumerable<Fact> FactsOf(ExceptionItem item)
    {
        yield return new("Covers", item.Condition);
        if (item.RecurrenceCron is not null)
            yield return new("Only while", $"{item.RecurrenceCron} ({item.RecurrenceTimeZone}), for {TimeSpan.FromSeconds(item.RecurrenceSeconds ?? 0)}");
        yield return new("Owner", item.Owner);
        yield return new("Reason", item.Reason);
        yield return new("Ticket", item.Ticket ?? "none");
        yield return new("Covered so far", item.Hits.ToString(CultureInfo.InvariantCulture));
        yield return new("Last", item.LastHitAt is { } last ? Time(last) : "never");
        yield return new("Ends", Time(item.EndsAt));
        yield return new("Item", item.Id);
    }

    // A channel may have been out of order for so long that it is told afterwards.
    private static string Ends(ExceptionItem item, DateTimeOffset now) => now < item.EndsAt ? "ends at" : "ended at";

    private static string Time(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
}
