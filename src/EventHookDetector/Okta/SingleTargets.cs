using System.Text.Json;

namespace EventHookDetector.Okta;

/// <summary>Copies a log event about several accounts, once for each of them, without the other accounts.</summary>
internal static class SingleTargets
{
    private static readonly byte[] Nothing = "null"u8.ToArray();

    /// <returns>One copy for each account; other targets, such as groups and applications, stay in all of them.</returns>
    public static IEnumerable<LogEvent> Of(LogEvent logEvent)
    {
        var json = logEvent.ReadableJson;
        if (FindUsers(json) is not { } users)
        {
            json = LenientJson.CloseWhereItBreaks(json);
            users = FindUsers(json) ?? [];
        }

        return logEvent.Fields.TargetUsers.Select(account => new LogEvent(Without(json, users, account), logEvent.EventType, logEvent.Org));
    }

    private static byte[] Without(byte[] json, List<(Range Place, Subject Subject)> users, Subject account)
    {
        var copy = (byte[])json.Clone();
        foreach (var (place, subject) in users)
        {
            if (subject == account || subject.IsSameAccountAs(account)) continue;

            // The length stays, so the places of the others do too.
            var other = copy.AsSpan(place);
            other.Fill((byte)' ');
            Nothing.CopyTo(other);
        }

        return copy;
    }

    /// <returns>Null if the bytes break off.</returns>
    private static List<(Range Place, Subject Subject)>? FindUsers(byte[] json)
    {
        var users = new List<(Range, Subject)>();
        var reader = new Utf8JsonReader(json, LenientJson.ReaderOptions);
        try
        {
            var isObject = reader.EntersObject();
            while (isObject && reader.NextName())
            {
                if (!reader.ValueTextEquals("target"u8)) reader.SkipNext();
                else if (reader.EntersArray()) AddUsers(ref reader, users);
            }

            return users;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void AddUsers(ref Utf8JsonReader reader, List<(Range Place, Subject Subject)> users)
    {
        while (reader.NextObject())
        {
            var start = (int)reader.TokenStartIndex;
            var subject = Subject.ReadObject(ref reader);
            if (subject is { IsUser: true }) users.Add((start..(int)reader.BytesConsumed, subject));
        }
    }
}
