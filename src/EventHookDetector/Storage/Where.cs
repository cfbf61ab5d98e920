using System.Numerics;
using Dapper;

namespace EventHookDetector.Storage;

/// <summary>A condition made only of what matters to this question, so that the engine can choose the index for it.</summary>
internal sealed class Where
{
    private readonly List<string> _conditions = [];

    /// <summary>The values; more may be added for the rest of the statement.</summary>
    public DynamicParameters Values { get; } = new();

    /// <summary>Leaves the condition out if there is no value.</summary>
    public Where And(string condition, string name, object? value)
    {
        if (value is null) return this;

        _conditions.Add($"({condition})");
        Values.Add(name, value);
        return this;
    }

    public Where And(string condition)
    {
        _conditions.Add($"({condition})");
        return this;
    }

    /// <summary>None of several; no condition if there are none.</summary>
    public Where AndNotIn<T>(string column, IReadOnlyList<T> values)
    {
        if (values.Count == 0) return this;

        AndIn(column, values);
        _conditions[^1] = $"NOT ({_conditions[^1]})";
        return this;
    }

    /// <summary>
    /// One of several; the engines do not agree on how to hand over a list. The last is repeated up to a power of two, so that few
    /// statements serve lists of any length.
    /// </summary>
    public Where AndIn<T>(string column, IEnumerable<T> values)
    {
        var all = values.ToList();
        var names = new List<string>();
        for (var i = 0; i < (all.Count == 0 ? 0 : BitOperations.RoundUpToPowerOf2((uint)all.Count)); i++)
        {
            names.Add($"@{column}{i}");
            Values.Add($"{column}{i}", all[Math.Min(i, all.Count - 1)]);
        }

        _conditions.Add(names.Count == 0 ? "1 = 0" : $"{column} IN ({string.Join(", ", names)})");
        return this;
    }

    public Where With(string name, object value)
    {
        Values.Add(name, value);
        return this;
    }

    /// <returns>The values in the order in which the names first appear in the SQL.</returns>
    public object?[] ValuesFor(string sql) => [.. ParameterNames.In(sql).Select(name => Values.Get<object?>(name))];

    public override string ToString() => _conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", _conditions)}";
}
