using System.Text.RegularExpressions;

namespace EventHookDetector.Storage;

/// <summary>The parameters that a statement names.</summary>
internal static partial class ParameterNames
{
    /// <summary>Each once, in the order in which they first appear.</summary>
    public static IEnumerable<string> In(string sql) => Name().Matches(sql).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    /// <summary>The same statement with numbers from $1 on in their place.</summary>
    public static (string Sql, int Count) Number(string sql)
    {
        var names = In(sql).ToList();
        return (Name().Replace(sql, name => $"${names.IndexOf(name.Value) + 1}"), names.Count);
    }

    [GeneratedRegex("@[A-Za-z_]+[0-9]*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
