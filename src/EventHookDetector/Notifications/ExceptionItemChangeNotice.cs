using System.Globalization;
using EventHookDetector.Alerts;
using EventHookDetector.Hosting;

namespace EventHookDetector.Notifications;

/// <summary>A new or changed exception item in words: by whom, what it suppresses, until when, and what it would have suppressed before.</summary>
internal static class ExceptionItemChangeNotice
{
    /// <summary>Number of changes that a list names.</summary>
    public const int MostListed = 20;

    private const int LongestCondition = 300;

    public static Notice Compose(string id, NoticeKind kind, ExceptionItem item, DateTimeOffset now, PublicOptions links)
    {
        var isNew = kind == NoticeKind.ExceptionItemCreated;
        var (by, verb) = isNew ? (item.CreatedBy, "created") : (item.ChangedBy, "changed");
        return new()
        {
            Id = id,
            Thread = item.Id,
            Type = isNew ? "exception.created" : "exception.changed",
            Timestamp = isNew ? item.CreatedAt : item.ChangedAt,
            Title = $"{by} {verb} an exception item that suppresses alerts until {Time(item.EndsAt)}",
            Summary = $"{by} {verb} the exception item \"{item.Reason}\". Until {Time(item.EndsAt)}, log events that its condition matches are recorded and not alerted. "
                + $"{Before(item)}{(item.StateAt(now) is ExceptionItemState.Ended or ExceptionItemState.Lapsed ? " It is over by now." : "")}",
            Facts = [.. FactsOf(item)],
            NextSteps =
            [
                $"If you do not know why, ask {by} and the owner, {item.Owner}.",
                $"If it suppresses too much, end it with DELETE /api/exceptions/{item.Id}, and look at what it has covered: GET /api/alerts?outcome=excepted.",
            ],
            Link = links.LinkToOperation(Tags.ExceptionItems, "GetExceptionItem"),
            Data = ExceptionItemAnswer.Of(item, now),
        };
    }

    public static Notice ComposeList(string id, AlertWindow window, IReadOnlyList<ExceptionItem> items, DateTimeOffset now, PublicOptions links) => new()
    {
        Id = id,
        Thread = id,
        Type = "exception.changed",
        Timestamp = window.End,
        Title = $"Many exception items were created or changed between {Time(window.Start)} and {Time(window.End)}",
        Summary = $"So many exception items were created or changed in these five minutes that not each was sent by itself. Those that would have covered most follow, at most {MostListed}; "
            + "GET /api/exceptions lists all. Exception items suppress alerts.",
        Facts = [.. items.Select(item => new Fact(
            $"{item.ChangedBy}, until {Time(item.EndsAt)}", $"{ForeignText.OneLine(item.Condition, LongestCondition)} ({item.Id})"))],
        NextSteps = ["If you do not know why, ask who changed them. DELETE /api/exceptions/{id} ends one."],
        Link = links.LinkToOperation(Tags.ExceptionItems, "ListExceptionItems"),
        Data = new
        {
            window,
            items = items.Select(item => new { item.Id, Condition = ForeignText.OneLine(item.Condition, LongestCondition), item.ChangedBy, item.ChangedAt, item.EndsAt, State = item.StateAt(now) }),
        },
    };

    private static string Before(ExceptionItem item) => item.Preview is { } preview
        ? string.Create(CultureInfo.InvariantCulture, $"In the {preview.Days} days before, it would have covered {preview.Covered} of {preview.Examined} stored log events.")
        : "";

    private static IEnumerable<Fact> FactsOf(ExceptionItem item)
    {
        yield return new("Covers", item.Condition);
        if (item.RecurrenceCron is not null)
            yield return new("Only while", $"{item.RecurrenceCron} ({item.RecurrenceTimeZone}), for {TimeSpan.FromSeconds(item.RecurrenceSeconds ?? 0)}");
        yield return new("Created", $"by {item.CreatedBy} at {Time(item.CreatedAt)}");
        if (item.ChangedAt != item.CreatedAt) yield return new("Changed", $"by {item.ChangedBy} at {Time(item.ChangedAt)}");
        if (item.Preview is { } preview)
            yield return new("Would have covered", string.Create(CultureInfo.InvariantCulture, $"{preview.Covered} of {preview.Examined} in {preview.Days} days"));
        yield return new("Owner", item.Owner);
        yield return new("Reason", item.Reason);
        yield return new("Ticket", item.Ticket ?? "none");
        if (item.StartsAt is { } startsAt) yield return new("Starts", Time(startsAt));
        yield return new("Ends", Time(item.EndsAt));
        yield return new("Item", item.Id);
    }

    private static string Time(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
}
