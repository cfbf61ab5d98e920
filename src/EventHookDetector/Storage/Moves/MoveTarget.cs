using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace EventHookDetector.Storage.Moves;

/// <summary>The PostgreSQL database that everything goes to.</summary>
internal sealed class MoveTarget : IAsyncDisposable
{
    /// <summary>The table in which the migrations keep their books.</summary>
    public const string Versions = "VersionInfo";

    // Any number will do, as long as every version has the same.
    private const long MoveLock = 0x45_76_65_6E_74_4D_76;
    private const int BatchRows = 5_000;
    private const long BatchBytes = 8 * 1024 * 1024;
    private const int Patience = 300;   // seconds, for one answer of the server

    private readonly NpgsqlConnection _connection;
    private readonly string _connectionString;

    private MoveTarget(NpgsqlConnection connection, string connectionString) => (_connection, _connectionString) = (connection, connectionString);

    public static async Task<MoveTarget> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = Patience, PersistSecurityInfo = false, ClientEncoding = "UTF8", Encoding = "UTF8" };
        settings.ApplicationName ??= "EventHookDetector migrate-storage";
        var connection = new NpgsqlConnection(settings.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition(
                $"SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET default_transaction_read_only = off; {PostgreSqlDatabase.CommitToDisk}",
                cancellationToken: cancellationToken));
            return new(connection, connectionString);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Refuses what would go wrong later, and any row that came in another way.</summary>
    public async Task DemandReadyAsync(IEnumerable<string> tables, CancellationToken cancellationToken)
    {
        await LockOutAsync(cancellationToken);
        if (!await AskAsync<bool>("SELECT COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false)", cancellationToken))
            throw new MoveRefusedException($"The user {_connection.UserName} may not make tables in the database {_connection.Database}. As its administrator: ALTER DATABASE {_connection.Database} OWNER TO {_connection.UserName}");
        if (await MoveRecord.ExistsAsync(_connection, cancellationToken)) return;

        foreach (var table in tables)
        {
            if (await AskAsync<bool>($"SELECT to_regclass('{Table.Quote(table)}') IS NOT NULL", cancellationToken)) await DemandEmptyAsync(table, cancellationToken);
        }
    }

    /// <summary>The same migrations as at the start of a detector.</summary>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var database = new PostgreSqlDatabase(Options.Create(new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = _connectionString }));
        await new Migrations(database, NullLoggerFactory.Instance).MigrateAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<long>> ReadVersionsAsync(CancellationToken cancellationToken) =>
        [.. await _connection.QueryAsync<long>(new CommandDefinition($"SELECT \"Version\" FROM {Table.Quote(Versions)} ORDER BY \"Version\"", cancellationToken: cancellationToken))];

    public async Task<IReadOnlyList<Column>> ReadColumnsAsync(string table, CancellationToken cancellationToken) =>
        [.. (await _connection.QueryAsync<(string Name, string Type, bool CountsRows)>(new CommandDefinition(
            """
            SELECT column_name, data_type, is_identity = 'YES' FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = @Table ORDER BY ordinal_position
            """,
            new { Table = table },
            cancellationToken: cancellationToken))).Select(column => new Column(column.Name, TypeOf(table, column.Name, column.Type), column.CountsRows))];

    /// <summary>Where the move stands. If it has not begun, it begins: what the migrations themselves put into tables without a key makes room.</summary>
    public async Task<IReadOnlyDictionary<string, MovedRows>> ReadRecordAsync(IReadOnlyList<Table> tables, CancellationToken cancellationToken)
    {
        if (!await MoveRecord.ExistsAsync(_connection, cancellationToken))
        {
            await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
            foreach (var table in tables.Where(table => table.Key.Count == 0)) await ExecuteAsync($"DELETE FROM {table.Quoted}", cancellationToken);
            await MoveRecord.CreateAsync(_connection, tables, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return await MoveRecord.ReadAsync(_connection, cancellationToken);
    }

    /// <summary>Takes over rows in batches, each in a transaction together with how far it has come.</summary>
    /// <param name="table">What it is.</param>
    /// <param name="rows">Those that are still missing, in the order of their key.</param>
    /// <param name="sum">Of those that are here already; the others are added to it.</param>
    /// <param name="copied">Told how many a batch has brought.</param>
    /// <param name="cancellationToken">Ends it; what is committed stays.</param>
    public async Task CopyAsync(Table table, IEnumerable<SourceRow> rows, RowSum sum, Action<long> copied, CancellationToken cancellationToken)
    {
        if (sum.Rows == 0) await DemandEmptyAsync(table.Name, cancellationToken);

        using var remaining = rows.GetEnumerator();
        for (var isThereMore = remaining.MoveNext(); isThereMore;)
        {
            var before = sum.Rows;
            await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
            var lastKey = remaining.Current.Key;
            await using (var copy = await _connection.BeginBinaryImportAsync($"COPY {table.Quoted} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)", cancellationToken))
            {
                copy.Timeout = TimeSpan.FromSeconds(Patience);
                for (long bytes = 0; isThereMore && sum.Rows - before < BatchRows && bytes < BatchBytes; isThereMore = remaining.MoveNext())
                {
                    bytes += await WriteAsync(copy, table, remaining.Current.Values, cancellationToken);
                    sum.Add(remaining.Current.Values);
                    lastKey = remaining.Current.Key;
                }

                await copy.CompleteAsync(cancellationToken);
            }

            await MoveRecord.WriteAsync(_connection, table, sum, lastKey, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            copied(sum.Rows - before);
        }
    }

    /// <summary>Lets the engine count on behind the highest number that is there.</summary>
    public async Task CountOnAsync(Table table, CancellationToken cancellationToken)
    {
        foreach (var column in table.Columns.Where(column => column.CountsRows))
        {
            var name = Table.Quote(column.Name);
            await _connection.ExecuteAsync(new CommandDefinition(
                $"SELECT setval(pg_get_serial_sequence(@Table, @Column), COALESCE(MAX({name}), 1), MAX({name}) IS NOT NULL) FROM {table.Quoted}",
                new { Table = table.Quoted, Column = column.Name },
                cancellationToken: cancellationToken));
        }
    }

    /// <summary>Reads all of a table back.</summary>
    public async Task<RowSum> SumAsync(Table table, Action<long> read, CancellationToken cancellationToken)
    {
        var sum = new RowSum();
        await using var command = new NpgsqlCommand($"SELECT {table.ColumnList} FROM {table.Quoted}", _connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var values = new object?[table.Columns.Count];
        while (await reader.ReadAsync(cancellationToken))
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = reader.IsDBNull(i) ? null
                    : table.Columns[i].Type == NpgsqlDbType.TimestampTz ? new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(i), DateTimeKind.Utc))
                    : reader.GetValue(i);
            }

            sum.Add(values);
            read(1);
        }

        return sum;
    }

    public Task FinishAsync(CancellationToken cancellationToken) => MoveRecord.FinishAsync(_connection, cancellationToken);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static NpgsqlDbType TypeOf(string table, string column, string type) => type switch
    {
        "bigint" => NpgsqlDbType.Bigint,
        "boolean" => NpgsqlDbType.Boolean,
        "bytea" => NpgsqlDbType.Bytea,
        "text" => NpgsqlDbType.Text,
        "timestamp with time zone" => NpgsqlDbType.TimestampTz,
        _ => throw new NotSupportedException($"The column {column} of {table} is of the type {type}, which no migration makes."),
    };

    private static async ValueTask<long> WriteAsync(NpgsqlBinaryImporter copy, Table table, object?[] values, CancellationToken cancellationToken)
    {
        long bytes = 0;
        await copy.StartRowAsync(cancellationToken);
        for (var i = 0; i < values.Length; i++)
        {
            bytes += values[i] switch { string text => text.Length, byte[] content => content.Length, _ => sizeof(long) };
            if (values[i] is { } value) await copy.WriteAsync(value, table.Columns[i].Type, cancellationToken);
            else await copy.WriteNullAsync(cancellationToken);
        }

        return bytes;
    }

    // One that was killed may hold it until the server has noticed.
    private async Task LockOutAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync($"SET lock_timeout = '10s'; SELECT pg_advisory_lock({MoveLock}); SET lock_timeout = '60s'", cancellationToken);
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new MoveRefusedException("Another migrate-storage is at work on this database. Let it come to its end, or stop it.", fault);
        }
    }

    private async Task DemandEmptyAsync(string table, CancellationToken cancellationToken)
    {
        if (!await AskAsync<bool>($"SELECT EXISTS (SELECT 1 FROM {Table.Quote(table)})", cancellationToken)) return;
        if (!await AskAsync<bool>(
            "SELECT EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE table_schema = current_schema() AND table_name = @Table AND constraint_type = 'PRIMARY KEY')",
            cancellationToken,
            new { Table = table })) return;

        throw new MoveRefusedException(
            $"The database {_connection.Database} holds rows that did not come from here: the table {table} is not empty. Nothing there is written over: name another database, or make this one anew (DROP DATABASE, CREATE DATABASE) if nobody misses what it holds.");
    }

    private Task<T?> AskAsync<T>(string sql, CancellationToken cancellationToken, object? values = null) =>
        _connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        _connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: cancellationToken));
}
