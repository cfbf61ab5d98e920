using System.Globalization;

namespace EventHookDetector.Okta;

/// <summary>The work done on the broken rest of a body, and the parts of it that were not read.</summary>
internal sealed class Salvage
{
    private int _unread;
    private int _firstUnread;

    /// <summary>Bytes read to find the objects around the event types. An exception counts as some thousand.</summary>
    public long BytesRead { get; set; }

    /// <summary>Log events whose beginning was not found within the budget.</summary>
    public int Cut { get; set; }

    /// <summary>Sentences for the operator, each after a space; empty if all was read.</summary>
    public string Remark =>
        (_unread == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $" Log events not read, behind the first {BrokenDelivery.MaxLogEvents} found and from byte {_firstUnread + 1} on: {_unread}. Resets may be among them."))
        + (Cut == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $" Log events whose beginning was not found within the limit of work: {Cut}. Their accounts may be missing; look into the body."));

    public void AddUnread(int at)
    {
        if (_unread++ == 0) _firstUnread = at;
    }
}
