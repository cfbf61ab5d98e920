using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventHookDetector.Storage;

/// <summary>
/// A statement of SQLite, whose values are bound by their number. Its .NET package looks up each by name, each time, and an
/// alert has close to thirty.
/// </summary>
internal sealed class SqliteStatement : IRow, IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private readonly int _parameters;
    private readonly string _sql;

    /// <param name="connection">What it runs on.</param>
    /// <param name="sql">One statement. SQLite numbers names in the order in which they first appear.</param>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        (_connection, _sql) = (connection.Handle!, sql);
        Check(raw.sqlite3_prepare_v3(_connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _parameters = raw.sqlite3_bind_parameter_count(_statement);
    }

    /// <returns>How many rows it changed.</returns>
    public int Execute(ReadOnlySpan<object?> values)
    {
        Read(values, static _ => true);
        return raw.sqlite3_changes(_connection);
    }

    public IReadOnlyList<T> Read<T>(ReadOnlySpan<object?> values, Func<IRow, T> row)
    {
        if (values.Length != _parameters) throw new ArgumentException($"{values.Length} values for {_parameters} parameters: {_sql}", nameof(values));

        List<T>? rows = null;
        try
        {
            for (var i = 0; i < values.Length; i++) Check(Bind(i + 1, values[i]));
            while (HasRow()) (rows ??= []).Add(row(this));
        }
        finally
        {
            raw.sqlite3_reset(_statement);   // or nothing could be committed
        }

        return rows is null ? [] : rows;
    }

    public bool IsDBNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public bool GetBoolean(int column) => GetInt64(column) != 0;

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public long GetInt64(int column) => raw.sqlite3_column_int64(_statement, column);

    public string GetString(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public void Dispose() => _statement.Dispose();

    private bool HasRow()
    {
        var answer = raw.sqlite3_step(_statement);
        if (answer is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) Check(answer);
        return answer == raw.SQLITE_ROW;
    }

    private int Bind(int number, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(_statement, number),
        string text => BindText(number, ColumnValue.Text(text)),
        long whole => raw.sqlite3_bind_int64(_statement, number, whole),
        int whole => raw.sqlite3_bind_int64(_statement, number, whole),
        bool flag => raw.sqlite3_bind_int64(_statement, number, flag ? 1 : 0),
        DateTimeOffset time => raw.sqlite3_bind_int64(_statement, number, ColumnValue.ToMicroseconds(time)),
        TimeSpan span => raw.sqlite3_bind_int64(_statement, number, (long)span.TotalMicroseconds),
        byte[] bytes => raw.sqlite3_bind_blob(_statement, number, bytes),
        _ => throw new ArgumentException($"No column holds a {value.GetType()}: {_sql}", nameof(value)),
    };

    private int BindText(int number, string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, buffer);
        var answer = raw.sqlite3_bind_text(_statement, number, buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return answer;
    }

    private void Check(int answer) => SqliteException.ThrowExceptionForRC(answer, _connection);
}
