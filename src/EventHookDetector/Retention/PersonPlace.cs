namespace EventHookDetector.Retention;

/// <summary>
/// Where people stand in what is kept, but for the audit and the quarantine, which have ways of their own. Rows stay: that there was a reset remains true.
/// A test looks through every row of every table for a person who was taken out, so that none can be forgotten here.
/// </summary>
internal sealed record PersonPlace(string Table, string Key, params (string Column, Func<PersonNames, object, object?> Without)[] Columns)
{
    /// <summary>Rows about resets. Alerts and their targets come last: if the deletion breaks off, they still hold the other names of the person.</summary>
    public static readonly PersonPlace[] All =
    [
        new("alert_entries", "id", ("done_by", Name), ("note", Prose)),
        new("expected_resets", "id", ("target", Name), ("approver", Name), ("requested_by", Name), ("announced_by", Name), ("ticket", Prose)),
        new("exception_items", "id",
            ("owner", Name), ("created_by", Name), ("changed_by", Name), ("ended_by", Name), ("condition", Query), ("reason", Prose), ("ticket", Prose)),
        new("api_keys", "id", ("owner", Name), ("created_by", Name), ("revoked_by", Name)),
        new("bursts", "alert_id", ("actor", Name), ("untold_by", Performer)),
        new(Parts, "key", ("actor", Name), ("performer", Performer), ("raw", LogEvent)),
        new(Alerts, "id",
            ("actor_id", Searched), ("actor_login", Searched), ("target_id", Searched), ("target_login", Searched), ("because", Prose), ("raw", LogEvent)),
        new("alert_targets", "id", ("target_id", Searched), ("target_login", Searched)),
    ];

    public const string Alerts = "alerts";
    public const string Parts = "merged_log_events";

    /// <summary>What changes in a row: column, what it held, what is left of it.</summary>
    public IReadOnlyList<(string Column, object Old, object? New)> Without(PersonNames names, IDictionary<string, object?> row) =>
        [.. from place in Columns
            let old = row[place.Column]
            where old is not null
            let rest = place.Without(names, old)
            where !Equals(rest, old)
            select (place.Column, old, rest)];

    private static object Name(PersonNames names, object value) => names.IsOne((string)value) ? PersonNames.Removed : value;

    private static object? Searched(PersonNames names, object value) => names.IsOne((string)value) ? null : value;

    private static string Prose(PersonNames names, object value) => names.Remove((string)value);

    private static string Query(PersonNames names, object value) => names.RemoveFromQuery((string)value);

    private static object LogEvent(PersonNames names, object value) => names.Remove((byte[])value) ?? value;

    /// <summary>Who did it and how, as one text.</summary>
    private static object Performer(PersonNames names, object value) =>
        names.Ids.Any(id => ((string)value).StartsWith($"{id} ", StringComparison.OrdinalIgnoreCase)) ? PersonNames.Removed : value;
}
