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

    /// <summary>One of several; the engines do not agree on how to hand over a list.</summary>
    public Where AndIn<T>(string column, IEnumerable<T> values)
    {
        var names = new List<string>();
        foreach (var value in values)
        {
            names.Add($"@{column}{names.Count}");
            Values.Add($"{column}{names.Count - 1}", value);
        }

        _conditions.Add(names.Count == 0 ? "1 = 0" : $"{column} IN ({string.Join(", ", names)})");
        return this;
    }

    public Where With(string name, object value)
    {
        Values.Add(name, value);
        return this;
    }

    public override string ToString() => _conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", _conditions)}";
}
