using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventHookDetector.Storage.Moves;

/// <summary>
/// The SQLite file that everything comes from. It is locked against everybody else from beginning to end, and nothing is written into it.
/// </summary>
internal sealed class MoveSource : IDisposable
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, CannotOpen = 14, NotADatabase = 26;

    // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE: or closing it would move what stands in the -wal file into the file itself.
    private const int NoCheckpointOnClose = 1006;

    private readonly SqliteConnection _connection;

    private MoveSource(SqliteConnection connection) => _connection = connection;

    public static MoveSource Open(string connectionString)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 2 };
        var file = Path.GetFullPath(settings.DataSource);
        if (!File.Exists(file)) throw new MoveRefusedException($"There is no file {file}, so there is nothing to bring over. Set Storage:ConnectionString to the file of the detector.");

        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            raw.sqlite3_db_config(connection.Handle, NoCheckpointOnClose, 1, out _);
            var source = new MoveSource(connection);
            source.LockOut();
            return source;
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw new MoveRefusedException(Explain(fault, file), fault);
        }
    }

    /// <summary>Its tables, but for those in which an engine or its migrations keep their own books.</summary>
    public IReadOnlyList<string> ReadTableNames() =>
        [.. Read($"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '{MoveTarget.Versions}' ORDER BY name").Select(row => (string)row[0])];

    public IReadOnlyList<string> ReadColumnNames(string table) => [.. Read("SELECT name FROM pragma_table_info(@P0) ORDER BY cid", table).Select(row => (string)row[0])];

    public IReadOnlyList<string> ReadKey(string table) => [.. Read("SELECT name FROM pragma_table_info(@P0) WHERE pk > 0 ORDER BY pk", table).Select(row => (string)row[0])];

    public IReadOnlyList<long> ReadVersions() =>
        [.. Read($"SELECT \"Version\" FROM {Table.Quote(MoveTarget.Versions)} ORDER BY \"Version\"").Select(row => (long)row[0])];

    public long Count(Table table) => (long)Read($"SELECT COUNT(*) FROM {table.Quoted}").Single()[0];

    /// <summary>The rows in the order of their key, one by one: those behind a key, or all.</summary>
    public IEnumerable<SourceRow> ReadAfter(Table table, object[]? key) => ReadRows(table, ">", key);

    /// <summary>The rows up to a key and with it.</summary>
    public IEnumerable<SourceRow> ReadUpTo(Table table, object[] key) => ReadRows(table, "<=", key);

    public void Dispose() => _connection.Dispose();

    private IEnumerable<SourceRow> ReadRows(Table table, string comparison, object[]? key)
    {
        string[] keyColumns = table.Key.Count > 0 ? [.. table.Key.Select(Table.Quote)] : ["rowid"];
        var keyList = string.Join(", ", keyColumns);
        var where = key is null ? "" : $"WHERE ({keyList}) {comparison} ({string.Join(", ", key.Select((_, i) => $"@P{i}"))})";
        var sql = $"SELECT {table.ColumnList}, {keyList} FROM {table.Quoted} {where} ORDER BY {keyList}";
        var columns = table.Columns.Count;
        foreach (var row in Read(sql, key ?? []))
        {
            var values = new object?[columns];
            for (var i = 0; i < columns; i++) values[i] = table.Columns[i].FromSqlite(row[i]);
            yield return new(values, row[columns..]);
        }
    }

    private IEnumerable<object[]> Read(string sql, params object[] values)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"@P{i}", values[i]);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            yield return row;
        }
    }

    // A detector keeps the file open, also while it has nothing to do, and so cannot be overlooked; nor can one start on it meanwhile.
    private void LockOut()
    {
        // One by one: of several statements in one command, the driver keeps to itself what goes wrong behind the first that answers a row.
        foreach (var sql in (string[])["PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "PRAGMA cache_size = -65536"])
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    private static string Explain(SqliteException fault, string file) => fault.SqliteErrorCode switch
    {
        Busy or Locked => $"{file} is in use: a detector still runs on it, or another program has it open. Stop that first, for what it writes from now on would be missing on the other side.",
        ReadOnly or CannotOpen => $"{file} cannot be locked, for this user may not write it, or its folder. Run this as the user of the detector; nothing will be written.",
        NotADatabase => $"{file} is no SQLite database, or damaged. Check Storage:ConnectionString.",
        _ => $"{file} cannot be read: {fault.Message}",
    };
}

/// <summary>A row, as PostgreSQL gets it, and its key, as SQLite has it.</summary>
internal sealed record SourceRow(object?[] Values, object[] Key);
