using System.Data.Common;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Okta;

namespace EventHookDetector.Retention;

/// <summary>By what else a person is known, and what is not over and names them. It changes nothing.</summary>
internal static class PersonLookup
{
    private const int MostLogEvents = 200;

    private static readonly (string Table, string Id, string Login)[] Roles =
        [("alerts", "actor_id", "actor_login"), ("alerts", "target_id", "target_login"), ("alert_targets", "target_id", "target_login")];

    /// <returns>The names; or the ids of several people who had this login.</returns>
    public static async Task<(PersonNames? Names, IReadOnlyList<string> Several)> FindAsync(DbConnection connection, string typed)
    {
        var known = await ReadAsync(connection, typed);
        var name = AlertRecord.Searchable(typed)!;
        var ids = known.Any(one => one.Id == name) ? [name] : known.Select(one => one.Id).OfType<string>().Distinct().ToArray();
        if (ids.Length > 1) return (null, ids);

        var names = new List<string> { typed };
        names.AddRange(ids);
        foreach (var login in ids.Length == 0 ? [] : (await ReadAsync(connection, ids[0])).Select(one => one.Login).OfType<string>().Distinct().ToArray())
        {
            // A login goes from one to the next; what others had too is theirs.
            var isTheirs = (await ReadAsync(connection, login)).All(one => one.Login != login || one.Id is null || one.Id == ids[0]);
            if (isTheirs && login.Length > 3 && login != "unknown") names.Add(login);
        }

        return (new PersonNames(names, await FindDisplayNamesAsync(connection, names), areOnRecord: known.Count > 0), []);
    }

    /// <summary>What would act on the name, or opens with it: it must be ended first, by somebody who means to.</summary>
    public static async Task<IReadOnlyList<string>> FindStandingAsync(DbConnection connection, PersonNames names, DateTimeOffset now)
    {
        var resets = await connection.QueryAsync<(string Id, string Target)>(
            "SELECT id, target FROM expected_resets WHERE used_at IS NULL AND withdrawn_at IS NULL AND until_at > @Now", new { Now = now });
        var items = await connection.QueryAsync<(string Id, string Condition)>(
            "SELECT id, condition FROM exception_items WHERE ended_at IS NULL AND ends_at > @Now", new { Now = now });
        var keys = await connection.QueryAsync<(string Id, string Owner)>(
            "SELECT id, owner FROM api_keys WHERE revoked_at IS NULL AND ends_at > @Now", new { Now = now });
        return
        [
            .. resets.Where(reset => names.IsOne(reset.Target)).Select(reset => $"expected reset {reset.Id}"),
            .. items.Where(item => names.AreInQuery(item.Condition)).Select(item => $"exception item {item.Id}"),
            .. keys.Where(key => names.IsOne(key.Owner)).Select(key => $"key {key.Id}"),
        ];
    }

    private static async Task<IReadOnlyList<(string? Id, string? Login)>> ReadAsync(DbConnection connection, string name) =>
    [
        .. await connection.QueryAsync<(string? Id, string? Login)>(
            string.Join(" UNION ", Roles.SelectMany(role => new[] { role.Id, role.Login }, (role, column) => $"SELECT {role.Id}, {role.Login} FROM {role.Table} WHERE {column} = @Name")),
            new { Name = AlertRecord.Searchable(name) }),
    ];

    private static async Task<IReadOnlyList<string>> FindDisplayNamesAsync(DbConnection connection, List<string> names)
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var place in Roles.SelectMany(role => new[] { role.Id, role.Login }, PlaceOf))
        {
            foreach (var name in names)
            {
                var logEvents = connection.QueryUnbufferedAsync<byte[]>(
                    $"SELECT raw FROM alerts WHERE {place} ORDER BY id DESC LIMIT @Limit", new { Name = AlertRecord.Searchable(name), Limit = MostLogEvents });
                await foreach (var raw in logEvents) found.UnionWith(DisplayNamesIn(LogEventFields.Read(raw), names));
            }
        }

        return [.. found];
    }

    private static IEnumerable<string> DisplayNamesIn(LogEventFields fields, List<string> names) =>
        from subject in fields.Targets.Append(fields.Actor).OfType<Subject>()
        where subject is { IsUser: true, DisplayName: not null } && new[] { subject.Id, subject.AlternateId }.Any(id => names.Contains(id, StringComparer.OrdinalIgnoreCase))
        select subject.DisplayName;

    private static string PlaceOf((string Table, string Id, string Login) role, string column) => role.Table == "alerts"
        ? $"{column} = @Name"
        : $"id IN (SELECT alert_id FROM {role.Table} WHERE {column} = @Name)";
}
