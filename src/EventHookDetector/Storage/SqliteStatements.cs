using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Storage;

/// <summary>
/// One statement after the other, and one piece of work after the other: where the database is in the same process nothing is
/// gained by more. Parsing SQL costs several times what running it does, so each statement of a delivery is kept.
/// </summary>
internal sealed class SqliteStatements(SqliteConnection connection) : Statements
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private DbTransaction? _transaction;

    public override async Task RunAsync(IReadOnlyList<Func<Task>> pieces, DbTransaction transaction)
    {
        _transaction = transaction;
        foreach (var piece in pieces) await piece();
    }

    public override Task<int> ExecuteAsync(string sql, ReadOnlySpan<object?> values) => Task.FromResult(Get(sql).Execute(values));

    public override Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<IRow, T> row, ReadOnlySpan<object?> values) =>
        Task.FromResult(Get(sql).Read(values, row));

    /// <remarks>Hardly a delivery asks so, and the statement is not kept.</remarks>
    public override Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, ReadOnlySpan<object?> values) =>
        ReadAsync(CommandOf(sql, values), row);

    public override Task AloneAsync() => Task.CompletedTask;

    public override void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _statements.Clear();
    }

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(SqliteCommand command, Func<DbDataReader, T> row)
    {
        await using (command)
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) rows.Add(row(reader));
            return rows;
        }
    }

    private SqliteCommand CommandOf(string sql, ReadOnlySpan<object?> values)
    {
        var (command, names) = (connection.CreateCommand(), ParameterNames.In(sql).ToList());
        if (values.Length != names.Count) throw new ArgumentException($"{values.Length} values for {names.Count} parameters: {sql}", nameof(values));

        (command.CommandText, command.Transaction) = (sql, (SqliteTransaction?)_transaction);
        for (var i = 0; i < names.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = names[i];
            ColumnValue.Set(parameter, values[i]);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private SqliteStatement Get(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement)) _statements.Add(sql, statement = new(connection, sql));
        return statement;
    }
}
