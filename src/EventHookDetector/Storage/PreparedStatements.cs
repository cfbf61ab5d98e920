using System.Data.Common;
using System.Text.RegularExpressions;

namespace EventHookDetector.Storage;

/// <summary>
/// One statement after the other, and one piece of work after the other: where the database is in the same process nothing is
/// gained by more. Parsing SQL costs several times what running it does, so each statement is kept.
/// </summary>
internal sealed partial class PreparedStatements(DbConnection connection) : Statements
{
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);
    private DbTransaction? _transaction;

    public override async Task RunAsync(IReadOnlyList<Func<Task>> pieces, DbTransaction transaction)
    {
        _transaction = transaction;
        foreach (var piece in pieces) await piece();
    }

    public override Task<int> ExecuteAsync(string sql, ReadOnlySpan<object?> values) => Get(sql, values).ExecuteNonQueryAsync();

    public override Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, ReadOnlySpan<object?> values) => ReadAsync(Get(sql, values), row);

    public override Task AloneAsync() => Task.CompletedTask;

    public override void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        _commands.Clear();
    }

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(DbCommand command, Func<DbDataReader, T> row)
    {
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) rows.Add(row(reader));
        return rows;
    }

    private DbCommand Get(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command)) _commands.Add(sql, command = Prepare(sql));

        if (values.Length != command.Parameters.Count)
            throw new ArgumentException($"{values.Length} values for {command.Parameters.Count} parameters: {sql}", nameof(values));

        command.Transaction = _transaction;
        for (var i = 0; i < values.Length; i++) ColumnValue.Set(command.Parameters[i], values[i]);
        return command;
    }

    private DbCommand Prepare(string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in NamesIn(sql))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>The names of parameters, each once, in the order in which they first appear.</summary>
    public static IEnumerable<string> NamesIn(string sql) => ParameterName().Matches(sql).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex("@[A-Za-z_]+[0-9]*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    public static partial Regex ParameterName();
}
