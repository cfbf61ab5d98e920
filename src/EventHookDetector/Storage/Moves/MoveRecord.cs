using Dapper;
using Npgsql;

namespace EventHookDetector.Storage.Moves;

/// <summary>
/// Where the move stands, kept in the target: a row for each table, changed in the transaction that brings the rows it speaks of. It stays
/// when all is done, so that nobody moves into it twice. No migration makes it, for no other database needs it.
/// </summary>
internal static class MoveRecord
{
    private const string Name = "storage_move";

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"SELECT to_regclass('{Name}') IS NOT NULL", cancellationToken: cancellationToken));

    public static async Task<bool> IsHalfDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await ExistsAsync(connection, cancellationToken)
        && await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"SELECT EXISTS (SELECT 1 FROM {Name} WHERE finished_at IS NULL)", cancellationToken: cancellationToken));

    public static Task CreateAsync(NpgsqlConnection connection, IEnumerable<Table> tables, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            $"""
            CREATE TABLE {Name} (
                table_name text NOT NULL PRIMARY KEY,
                row_count bigint NOT NULL,
                row_sum text NOT NULL,
                last_key text NULL,
                finished_at timestamptz NULL
            );
            INSERT INTO {Name} (table_name, row_count, row_sum) SELECT name, 0, '0' FROM unnest(@Names) AS name
            """,
            new { Names = tables.Select(table => table.Name).ToArray() },
            cancellationToken: cancellationToken));

    public static async Task<IReadOnlyDictionary<string, MovedRows>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<MovedRows>(new CommandDefinition(
            $"SELECT table_name, row_count, row_sum, last_key, finished_at FROM {Name}", cancellationToken: cancellationToken)))
        .ToDictionary(rows => rows.TableName, StringComparer.Ordinal);

    public static Task WriteAsync(NpgsqlConnection connection, Table table, RowSum sum, object[] lastKey, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            $"UPDATE {Name} SET row_count = @Rows, row_sum = @Text, last_key = @Key WHERE table_name = @Table",
            new { sum.Rows, sum.Text, Key = RowKey.Write(lastKey), Table = table.Name },
            cancellationToken: cancellationToken));

    public static Task FinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition($"UPDATE {Name} SET finished_at = now()", cancellationToken: cancellationToken));
}

/// <summary>How much of a table is in the target.</summary>
internal sealed class MovedRows
{
    public string TableName { get; init; } = "";

    public long RowCount { get; init; }

    public string RowSum { get; init; } = "";

    public string? LastKey { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }
}
