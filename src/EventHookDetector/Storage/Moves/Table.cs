using NpgsqlTypes;

namespace EventHookDetector.Storage.Moves;

/// <summary>A table as the catalogues of both engines describe it.</summary>
/// <param name="Name">Its name, the same in both.</param>
/// <param name="Columns">What it holds.</param>
/// <param name="Key">The columns of its primary key, in their order; empty if it has none, as tables of a single row.</param>
internal sealed record Table(string Name, IReadOnlyList<Column> Columns, IReadOnlyList<string> Key)
{
    public string Quoted => Quote(Name);

    public string ColumnList => string.Join(", ", Columns.Select(column => Quote(column.Name)));

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A column, by the type that it has on PostgreSQL: that one says what is meant.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">One of those that <see cref="SqlMigration"/> makes.</param>
/// <param name="CountsRows">Whether the engine gives out its numbers.</param>
internal sealed record Column(string Name, NpgsqlDbType Type, bool CountsRows)
{
    /// <summary>What PostgreSQL gets for what SQLite holds, which knows neither times nor yes and no.</summary>
    public object? FromSqlite(object value) => (Type, value) switch
    {
        (_, DBNull) => null,
        (NpgsqlDbType.Bigint, long) or (NpgsqlDbType.Bytea, byte[]) => value,
        (NpgsqlDbType.Boolean, long number) => number != 0,
        (NpgsqlDbType.TimestampTz, long and >= -62_135_596_800_000_000 and <= 253_402_300_799_999_999) => ColumnValue.ToTime((long)value),
        (NpgsqlDbType.Text, string text) => ColumnValue.Text(text),
        _ => throw new MoveRefusedException($"The column {Name} holds a {value.GetType().Name} where {Type} was expected. The detector writes no such value: who else does?"),
    };
}
